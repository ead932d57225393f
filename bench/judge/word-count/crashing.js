import { readFileSync } from 'node:fs';

const counts = {};
for (const word of readFileSync(0, 'utf8').toLowerCase().split(/\s+/).filter(Boolean)) counts[word] = (counts[word] ?? 0) + 1;
const [first] = Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
console.log(`${first[0]} ${first[1]}`); // fails if there are no words
