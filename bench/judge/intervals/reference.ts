import { integers, lines, pairs } from '../generate.ts';

/** Sweeps over the points and counts the open intervals. At the same point, beginnings come before ends. */
export function solve(stdin: string): string {
  const [, ...numbers] = stdin.trim().split(/\s+/).map(Number);
  const events = numbers
    .map((at, i) => ({ at, change: i % 2 === 0 ? 1 : -1 }))
    .sort((a, b) => a.at - b.at || b.change - a.change);
  const union: string[] = [];
  let open = 0;
  let begin = 0;
  for (const { at, change } of events) {
    if (open === 0) begin = at;
    open += change;
    if (open === 0) union.push(`${begin} ${at}`);
  }
  return lines(union);
}

export const inputs = {
  /** Unsorted intervals that do not touch. */
  disjoint: () => {
    const begins = Array.from({ length: 20_000 }, (_, i) => ((i * 4177) % 20_000) * 10);
    return `20000\n${pairs(
      begins,
      begins.map((begin) => begin + 8),
    )}`;
  },
  wide: () => {
    const begins = integers({ seed: 15, count: 5000, min: -1_000_000_000, max: 1_000_000_000 });
    const lengths = integers({ seed: 16, count: 5000, min: 0, max: 500_000 });
    return `5000\n${pairs(
      begins,
      begins.map((begin, i) => begin + (lengths[i] ?? 0)),
    )}`;
  },
};
