import { readFileSync } from 'node:fs';

const [[n], ...edges] = readFileSync(0, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number));
const distance = { 1: 0 };
for (let round = 1; round < n; round++) {
  for (const [from, to, length] of edges) {
    if (from in distance && !(distance[to] <= distance[from] + length)) distance[to] = distance[from] + length;
  }
}
console.log(distance[n].toString()); // undefined if there is no path
