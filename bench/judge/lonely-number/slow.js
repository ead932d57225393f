import { readFileSync } from 'node:fs';

const words = readFileSync(0, 'utf8').trim().split(/\s+/).slice(1);
console.log(words.filter((word) => words.filter((other) => other === word).length === 1)[0]);
