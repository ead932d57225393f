import { readFileSync } from 'node:fs';

const [n, target, ...numbers] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
let pairs = 0;
for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) if (numbers[i] + numbers[j] === target) pairs++;
console.log(pairs);
