import { readFileSync } from 'node:fs';

const counts = new Map();
for (const word of readFileSync(0, 'utf8').toLowerCase().match(/\S+/g) ?? []) {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
console.log(sorted.length > 0 ? sorted[0].join(' ') : 'none');
