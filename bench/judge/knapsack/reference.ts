import { integers, line, pairs } from '../generate.ts';

/** Keeps only the useful combinations: a heavier one must be worth more. */
export function solve(stdin: string): string {
  const [[, capacity = 0] = [], ...things] = stdin
    .trim()
    .split('\n')
    .map((text) => text.split(' ').map(Number));
  let useful = [{ weight: 0, value: 0 }];
  for (const [weight = 0, value = 0] of things) {
    const withIt = useful.map((some) => ({ weight: some.weight + weight, value: some.value + value }));
    const sorted = [...useful, ...withIt.filter((some) => some.weight <= capacity)].sort(
      (a, b) => a.weight - b.weight || b.value - a.value,
    );
    let best = -1;
    useful = sorted.filter((some) => {
      const isBetter = some.value > best;
      if (isBetter) best = some.value;
      return isBetter;
    });
  }
  return line(useful.at(-1)?.value ?? 0);
}

export const inputs = {
  large: () => {
    const weights = integers({ seed: 10, count: 250, min: 1, max: 20_000 });
    const values = integers({ seed: 11, count: 250, min: 1, max: 1000 });
    return `250 200000\n${pairs(weights, values)}`;
  },
};
