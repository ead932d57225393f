import { readFileSync } from 'node:fs';

const ends = [];
for (const x of readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number)) {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] < x) low = middle + 1;
    else high = middle;
  }
  ends[low] = x;
}
console.log(ends.length);
