import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
for (let i = 1; i <= n; i++) process.stdout.write(`${' '.repeat(n - i)}${'*'.repeat(2 * i - 1)}\n`);
process.stdout.write(`n=${n}`);
