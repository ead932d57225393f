import { readFileSync } from 'node:fs';

const [n, W, ...numbers] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const best = new Int32Array(W + 1);
for (let i = 0; i < n; i++) {
  const [weight, value] = [numbers[2 * i], numbers[2 * i + 1]];
  for (let w = W; w >= weight; w--) best[w] = Math.max(best[w], best[w - weight] + value);
}
console.log(best[W]);
