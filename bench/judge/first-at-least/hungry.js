import { readFileSync } from 'node:fs';

const [n, ...rest] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const questions = rest.slice(n + 1);
const least = rest.reduce((a, b) => Math.min(a, b), 0);
// The answers to all possible queries.
const answers = new Int32Array(rest.reduce((a, b) => Math.max(a, b), 0) - least + 2).fill(-1);
for (let i = 0, x = 0; i < n; i++) for (; x <= rest[i] - least; x++) answers[x] = i;
console.log(questions.map((x) => rest[answers[x - least]] ?? 'none').join('\n'));
