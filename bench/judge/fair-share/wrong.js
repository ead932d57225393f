import { readFileSync } from 'node:fs';

const numbers = readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
const order = [...numbers.keys()].sort((i, j) => numbers[j] - numbers[i]);
let left = numbers.reduce((a, b) => a + b, 0) / 2;
const taken = [];
for (const i of order) {
  if (numbers[i] > left) continue; // greedy: takes the largest that fits
  left -= numbers[i];
  taken.push(i + 1);
}
console.log(left === 0 ? taken.join(' ') : 'impossible');
