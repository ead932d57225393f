import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
// Stores the digits of every factorial up to n, each padded to a large fixed width.
const rows = Array.from({ length: n + 1 }, () => new Uint8Array(2_000_000).fill(0));
rows[0][0] = 1;
let width = 1;
for (let i = 1; i <= n; i++) {
  let carry = 0;
  for (let d = 0; d < width || carry > 0; d++) {
    carry += rows[i - 1][d] * i;
    rows[i][d] = carry % 10;
    carry = Math.floor(carry / 10);
    width = Math.max(width, d + 1);
  }
}
console.log([...rows[n].subarray(0, width)].reverse().join(''));
