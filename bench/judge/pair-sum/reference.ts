import { integers, line } from '../generate.ts';

export function solve(stdin: string): string {
  const [, target = 0, ...numbers] = stdin.trim().split(/\s+/).map(Number);
  const seen = new Map<number, number>();
  let count = 0;
  for (const number of numbers) {
    count += seen.get(target - number) ?? 0;
    seen.set(number, (seen.get(number) ?? 0) + 1);
  }
  return line(count);
}

export const inputs = {
  large: () => {
    const numbers = integers({ seed: 23, count: 100_000, min: -1_000_000, max: 1_000_000 });
    return `100000 12345\n${numbers.sort((a, b) => a - b).join(' ')}\n`;
  },
};
