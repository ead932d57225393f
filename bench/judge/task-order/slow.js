import { readFileSync } from 'node:fs';

const [[n], ...rules] = readFileSync(0, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number));
function place(order, left) {
  const at = new Map(order.map((task, i) => [task, i]));
  if (left.length === 0) return rules.every(([a, b]) => at.get(a) < at.get(b)) ? order : null;
  for (const task of left) {
    const found = place([...order, task], left.filter((other) => other !== task)); // checks the rules only at the end
    if (found) return found;
  }
  return null;
}
console.log((place([], Array.from({ length: n }, (_, i) => i + 1)) ?? ['impossible']).join(' '));
