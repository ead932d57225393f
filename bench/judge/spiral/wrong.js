import { readFileSync } from 'node:fs';

const [height, width, ...numbers] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const out = [];
for (let ring = 0; 2 * ring < Math.min(height, width); ring++) {
  const [bottom, right] = [height - 1 - ring, width - 1 - ring];
  const take = (y, x) => out.push(numbers[y * width + x]);
  for (let x = ring; x <= right; x++) take(ring, x);
  for (let y = ring + 1; y <= bottom; y++) take(y, right);
  for (let x = right - 1; x >= ring; x--) take(bottom, x); // also if bottom equals top
  for (let y = bottom - 1; y > ring; y--) take(y, ring); // also if left equals right
}
console.log(out.join(' '));
