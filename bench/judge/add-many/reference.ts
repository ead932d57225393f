import { integers, line } from '../generate.ts';

export function solve(stdin: string): string {
  const [, ...numbers] = stdin.split(/\s+/).filter((word) => word !== '');
  return line(numbers.map(BigInt).reduce((sum, number) => sum + number, 0n));
}

export const inputs = {
  large: () => `20000\n${integers({ seed: 1, count: 20_000, min: -1_000_000, max: 1_000_000 }).join(' ')}\n`,
};
