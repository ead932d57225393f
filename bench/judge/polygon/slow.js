import { readFileSync } from 'node:fs';

const [, ...corners] = readFileSync(0, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number));
let [area, perimeter] = [0, 0];
corners.forEach(([x, y], i) => {
  const [u, v] = corners[(i + 1) % corners.length];
  for (let s = 0; s < 2e9; s++) area += ((u - x) * (y + ((v - y) * (s + 0.5)) / 2e9)) / 2e9; // integrates in thin strips
  perimeter += Math.hypot(u - x, v - y);
});
console.log(Math.abs(area), perimeter);
