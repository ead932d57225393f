import { readFileSync } from 'node:fs';

const [n, k] = readFileSync(0, 'utf8').trim().split(' ').map(Number);
let last = 0;
for (let size = 2; size <= n; size++) last = (last + k) % size;
console.log(last); // prints a position from 0
