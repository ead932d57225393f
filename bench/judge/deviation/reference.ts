import { integers, line } from '../generate.ts';

/** Welford's algorithm, in one pass. */
export function solve(stdin: string): string {
  let [count, mean, squares] = [0, 0, 0];
  for (const number of stdin.trim().split(/\s+/).slice(1).map(Number)) {
    count += 1;
    const distance = number - mean;
    mean += distance / count;
    squares += distance * (number - mean);
  }
  return line(`${mean.toFixed(9)} ${Math.sqrt(squares / count).toFixed(9)}`);
}

export const inputs = {
  large: () => `80000\n${integers({ seed: 26, count: 80_000, min: -10_000, max: 10_000 }).join(' ')}\n`,
};
