import { readFileSync } from 'node:fs';

const numbers = readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
console.log(mean, Math.sqrt(squares / (numbers.length - 1))); // the sample deviation
