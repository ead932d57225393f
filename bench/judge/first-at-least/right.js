import { readFileSync } from 'node:fs';

const [n, ...rest] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const out = [];
for (const x of rest.slice(n + 1)) {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rest[middle] >= x) high = middle;
    else low = middle + 1;
  }
  out.push(low < n ? rest[low] : 'none');
}
console.log(out.join('\n'));
