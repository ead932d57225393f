import { readFileSync } from 'node:fs';

let [a, b] = [0, 1];
for (let n = Number(readFileSync(0, 'utf8')); n > 0; n--) [a, b] = [b, (a + b) % 1_000_000_007];
console.log(a);
