import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
let factor = 2;
while (factor * factor <= n && n % factor !== 0) factor++;
console.log(factor * factor <= n ? `${factor} ${n / factor}` : 'prime');
