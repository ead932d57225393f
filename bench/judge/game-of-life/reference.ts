import { lines, text } from '../generate.ts';

/** The live cells are a set of numbers. Each live cell adds one to the counts of its neighbours. */
export function solve(stdin: string): string {
  const [head = '', ...rows] = stdin.trim().split('\n');
  const [width = 0, height = 0, generations = 0] = head.split(' ').map(Number);
  const stride = width + 2;
  const around = [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1];
  const isInside = (cell: number) => cell % stride < width && cell >= stride && cell < (height + 1) * stride;
  let alive = new Set(
    rows.flatMap((row, y) => [...row].flatMap((square, x) => (square === '#' ? [(y + 1) * stride + x] : []))),
  );
  for (let generation = 0; generation < generations; generation += 1) {
    const counts = new Map<number, number>();
    for (const cell of alive) for (const step of around) counts.set(cell + step, (counts.get(cell + step) ?? 0) + 1);
    const next = [...counts].filter(
      ([cell, count]) => isInside(cell) && (count === 3 || (count === 2 && alive.has(cell))),
    );
    alive = new Set(next.map(([cell]) => cell));
  }
  const square = (x: number, y: number) => (alive.has((y + 1) * stride + x) ? '#' : '.');
  return lines(rows.map((row, y) => [...row].map((_, x) => square(x, y)).join('')));
}

export const inputs = {
  soup: () => `64 64 200\n${text({ seed: 22, length: 4096, alphabet: '#..' }).replace(/.{64}/g, '$&\n')}`,
};
