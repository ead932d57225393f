import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
const canvas = Array.from({ length: n }, () => Buffer.alloc(2_000_000, ' ')); // wide enough for anything
canvas.forEach((row, i) => {
  row.fill('*', n - 1 - i, n + i);
  process.stdout.write(`${row.subarray(0, n + i)}\n`);
});
process.stdout.write(`n=${n}`);
