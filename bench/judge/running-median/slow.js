import { readFileSync } from 'node:fs';

const numbers = readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
numbers.forEach((_, i) => {
  const sorted = numbers.slice(0, i + 1).sort((a, b) => a - b); // sorts from scratch each time
  console.log(sorted[i >> 1]);
});
