import { readFileSync } from 'node:fs';

const [head, ...rows] = readFileSync(0, 'utf8').trim().split('\n');
const [, , generations] = head.split(' ').map(Number);
const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy]));
function isAlive(x, y, time) {
  if (rows[y]?.[x] === undefined) return false;
  if (time === 0) return rows[y][x] === '#';
  const count = around.filter(([dx, dy]) => isAlive(x + dx, y + dy, time - 1)).length; // computes everything again, without memoization
  return count === 3 || (count === 4 && isAlive(x, y, time - 1));
}
console.log(rows.map((row, y) => [...row].map((_, x) => (isAlive(x, y, generations) ? '#' : '.')).join('')).join('\n'));
