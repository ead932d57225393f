import { integers, line } from '../generate.ts';

/** The quadratic algorithm: the longest subsequence that ends at each number. */
export function solve(stdin: string): string {
  const [, ...numbers] = stdin.trim().split(/\s+/).map(Number);
  const lengths = new Int32Array(numbers.length);
  for (const [i, number] of numbers.entries()) {
    let best = 0;
    for (let j = 0; j < i; j += 1) if ((numbers[j] ?? 0) < number) best = Math.max(best, lengths[j] ?? 0);
    lengths[i] = best + 1;
  }
  return line(lengths.reduce((best, length) => Math.max(best, length), 0));
}

export const inputs = {
  long: () => `10000\n${integers({ seed: 8, count: 10_000, min: -50_000, max: 50_000 }).join(' ')}\n`,
};
