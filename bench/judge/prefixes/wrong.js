import { readFileSync } from 'node:fs';

const [head, ...lines] = readFileSync(0, 'utf8').split('\n');
const [n, q] = head.split(' ').map(Number);
for (const prefix of lines.slice(n, n + q)) console.log(lines.slice(0, n).filter((word) => word.includes(prefix)).length);
