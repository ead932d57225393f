import { readFileSync } from 'node:fs';

console.log(readFileSync(0, 'utf8').split('[').length - 1); // counts lists, not their depth
