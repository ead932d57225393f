import { integers, line } from '../generate.ts';

/** The area as a sum of trapezoids. */
export function solve(stdin: string): string {
  const [, ...corners] = stdin
    .trim()
    .split('\n')
    .map((text) => text.split(' ').map(Number));
  let [area, perimeter] = [0, 0];
  for (const [i, [x = 0, y = 0]] of corners.entries()) {
    const [u = 0, v = 0] = corners.at(i - 1) ?? [];
    area += ((u - x) * (v + y)) / 2;
    perimeter += Math.sqrt((u - x) ** 2 + (v - y) ** 2);
  }
  return line(`${Math.abs(area).toFixed(9)} ${perimeter.toFixed(9)}`);
}

export const inputs = {
  /** A star of 500 points around the middle of a large square. */
  wide: () => {
    const lengths = integers({ seed: 19, count: 500, min: 1000, max: 20_000 });
    const corners = lengths.map((length, i) => {
      const angle = (2 * Math.PI * i) / lengths.length;
      return `${(20_000 + length * Math.cos(angle)).toFixed(3)} ${(20_000 + length * Math.sin(angle)).toFixed(3)}`;
    });
    return `500\n${corners.join('\n')}\n`;
  },
};
