import { integers, line } from '../generate.ts';

/** Goes straight on and turns right at edges and at numbers that were already visited. */
export function solve(stdin: string): string {
  const [height = 0, width = 0, ...numbers] = stdin.trim().split(/\s+/).map(Number);
  const isTaken = new Uint8Array(numbers.length);
  const path: (number | undefined)[] = [];
  let [x, y, dx, dy] = [0, 0, 1, 0];
  const isFree = (u: number, v: number) => u >= 0 && u < width && v >= 0 && v < height && isTaken[v * width + u] === 0;
  while (path.length < numbers.length) {
    path.push(numbers[y * width + x]);
    isTaken[y * width + x] = 1;
    if (!isFree(x + dx, y + dy)) [dx, dy] = [-dy, dx];
    [x, y] = [x + dx, y + dy];
  }
  return line(path.join(' '));
}

export const inputs = {
  large: () => `300 400\n${integers({ seed: 32, count: 120_000, min: -99, max: 99 }).join(' ')}\n`,
};
