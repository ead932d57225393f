import { readFileSync } from 'node:fs';

const [n, ...m] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const product = [];
for (let i = 0; i < n; i++) {
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += m[i * n + k] * m[n * n + k * n + j];
    product.push(sum);
  }
}
console.log(product.join('  ')); // all on one line
