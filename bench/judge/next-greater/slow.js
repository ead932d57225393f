import { readFileSync } from 'node:fs';

const numbers = readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
console.log(numbers.map((x, i) => numbers.find((y, j) => j > i && y > x) ?? -1).join(' '));
