import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
const smallest = new Float64Array(n * 100).fill(0); // a hundred times longer than necessary
let count = 0;
for (let i = 2; i <= n; i++) {
  if (smallest[i] > 0) continue;
  count++;
  for (let j = i; j <= n; j += i) smallest[j] ||= i;
}
console.log(count);
