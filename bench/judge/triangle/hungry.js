import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
const canvas = Array.from({ length: n }, () => new Uint8Array(2_000_000).fill(32)); // far wider than necessary
canvas.forEach((row, i) => {
  row.fill(42, n - 1 - i, n + i);
  process.stdout.write(`${new TextDecoder().decode(row.subarray(0, n + i))}\n`);
});
process.stdout.write(`n=${n}`);
