import { readFileSync } from 'node:fs';

const grid = readFileSync(0, 'utf8').trim().split('\n').map((row) => [...row]);
let islands = 0;
for (let y = 0; y < grid.length; y++) {
  for (let x = 0; x < grid[y].length; x++) {
    if (grid[y][x] !== '#') continue;
    islands++;
    const stack = [[x, y]];
    while (stack.length > 0) {
      const [a, b] = stack.pop();
      if (grid[b]?.[a] !== '#') continue;
      grid[b][a] = '.';
      stack.push([a + 1, b], [a - 1, b], [a, b + 1], [a, b - 1]);
    }
  }
}
console.log(islands);
