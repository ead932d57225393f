import { readFileSync } from 'node:fs';

console.log(Number(readFileSync(0, 'utf8')) % 4 === 0 ? 'leap' : 'common'); // the Julian rule
