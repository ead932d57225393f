import { line, text } from '../generate.ts';

/** Joins land with its left and upper neighbours, like union-find without ranks. */
export function solve(stdin: string): string {
  const rows = stdin.trim().split('\n');
  const parent = new Map<string, string>();
  const find = (cell: string): string => {
    let root = cell;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    parent.set(cell, root);
    return root;
  };
  let islands = 0;
  for (const [y, row] of rows.entries()) {
    for (const [x, square] of [...row].entries()) {
      if (square !== '#') continue;
      parent.set(`${x},${y}`, `${x},${y}`);
      islands += 1;
      for (const neighbour of [`${x - 1},${y}`, `${x},${y - 1}`].filter((cell) => parent.has(cell))) {
        const [mine, other] = [find(`${x},${y}`), find(neighbour)];
        if (mine !== other) islands -= 1;
        parent.set(mine, other);
      }
    }
  }
  return line(islands);
}

export const inputs = {
  continent: () => `${'#'.repeat(200)}\n`.repeat(200),
  random: () => text({ seed: 13, length: 40_000, alphabet: '##.' }).replace(/.{200}/g, '$&\n'),
};
