import { readFileSync } from 'node:fs';

const [n, W, ...numbers] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const best = Array.from({ length: n + 1 }, () => new Float64Array(W + 1).fill(0)); // one row per item
for (let i = 0; i < n; i++) {
  const [weight, value] = [numbers[2 * i], numbers[2 * i + 1]];
  for (let w = 0; w <= W; w++) {
    best[i + 1][w] = Math.max(best[i][w], w >= weight ? best[i][w - weight] + value : 0);
  }
}
console.log(best[n][W]);
