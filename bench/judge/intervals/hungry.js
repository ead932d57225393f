import { readFileSync } from 'node:fs';

const numbers = readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
const least = numbers.reduce((a, b) => Math.min(a, b), 0);
const size = numbers.reduce((a, b) => Math.max(a, b), 0) - least + 2;
// One byte for every integer and one for every gap between two.
const [points, gaps] = [new Uint8Array(size).fill(0), new Uint8Array(size).fill(0)];
for (let i = 0; i < numbers.length; i += 2) {
  points.fill(1, numbers[i] - least, numbers[i + 1] - least + 1);
  gaps.fill(1, numbers[i] - least, numbers[i + 1] - least);
}
for (let i = 0, begin = 0; i < size; i++) {
  if (points[i] && !(i > 0 && gaps[i - 1])) begin = i;
  if (points[i] && !gaps[i]) console.log(`${begin + least} ${i + least}`);
}
