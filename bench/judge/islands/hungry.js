import { readFileSync } from 'node:fs';

const rows = readFileSync(0, 'utf8').trim().split('\n');
const [height, width] = [rows.length, rows[0].length];
// A matrix of all pairs of squares, for which squares are neighbours.
const joined = Array.from({ length: width * height }, () => new Uint8Array(width * height).fill(0));
const isLand = (i) => rows[Math.floor(i / width)]?.[i % width] === '#';
for (let i = 0; i < width * height; i++) {
  if (isLand(i) && i % width < width - 1 && isLand(i + 1)) joined[i][i + 1] = joined[i + 1][i] = 1;
  if (isLand(i) && isLand(i + width)) joined[i][i + width] = joined[i + width][i] = 1;
}
const seen = new Set();
let islands = 0;
for (let i = 0; i < width * height; i++) {
  if (!isLand(i) || seen.has(i)) continue;
  islands++;
  for (const stack = [i]; stack.length > 0; ) {
    const j = stack.pop();
    seen.add(j);
    joined[j].forEach((is, k) => is && !seen.has(k) && stack.push(k));
  }
}
console.log(islands);
