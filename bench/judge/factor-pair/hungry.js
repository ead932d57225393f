import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
const smallest = new Uint16Array(n + 1).fill(0); // of every number up to n
for (let i = 2; i * i <= n; i++) {
  if (smallest[i] === 0) for (let j = i * i; j <= n; j += i) smallest[j] ||= i;
}
console.log(smallest[n] === 0 ? 'prime' : `${smallest[n]} ${n / smallest[n]}`);
