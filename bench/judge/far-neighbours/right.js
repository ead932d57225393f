import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
const down = (parity) => Array.from({ length: n }, (_, i) => n - i).filter((x) => x % 2 === parity);
console.log(n === 2 || n === 3 ? 'impossible' : [...down(1), ...down(0)].join('\n'));
