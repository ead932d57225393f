import { readFileSync } from 'node:fs';

const [n, m, ...numbers] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const edges = Array.from({ length: n + 1 }, () => []);
for (let i = 0; i < 3 * m; i += 3) edges[numbers[i]].push([numbers[i + 1], numbers[i + 2]]);
const distance = new Array(n + 1).fill(Infinity);
distance[1] = 0;
let front = new Set([1]);
while (front.size > 0) {
  const next = new Set();
  for (const node of front) {
    for (const [to, length] of edges[node]) {
      if (distance[node] + length >= distance[to]) continue;
      distance[to] = distance[node] + length;
      next.add(to);
    }
  }
  front = next;
}
console.log(distance[n] === Infinity ? -1 : distance[n]);
