import { readFileSync } from 'node:fs';

const [, ...lines] = readFileSync(0, 'utf8').trim().split('\n');
const union = [];
for (const [from, to] of lines.map((line) => line.split(' ').map(Number)).sort((a, b) => a[0] - b[0])) {
  const last = union.at(-1);
  if (last && from <= last[1]) last[1] = Math.max(last[1], to);
  else union.push([from, to]);
}
for (const [from, to] of union) console.log(`${from} ${to}`);
