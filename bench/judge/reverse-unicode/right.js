import { readFileSync } from 'node:fs';

const lines = readFileSync(0, 'utf8').split('\n');
process.stdout.write(lines.map((line) => [...line].reverse().join('')).join('\n'));
