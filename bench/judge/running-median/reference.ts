import { integers, lines } from '../generate.ts';

/** Keeps all numbers sorted. */
export function solve(stdin: string): string {
  const sorted: number[] = [];
  const medians: number[] = [];
  for (const number of stdin.trim().split(/\s+/).slice(1).map(Number)) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    sorted.splice(low, 0, number);
    medians.push(sorted[(sorted.length - 1) >>> 1] ?? 0);
  }
  return lines(medians);
}

export const inputs = {
  large: () => `20000\n${integers({ seed: 25, count: 20_000, min: -1_000_000, max: 1_000_000 }).join(' ')}\n`,
};
