import { lines } from '../generate.ts';

export function solve(stdin: string): string {
  return lines(
    stdin
      .trim()
      .split('\n')
      .map((word) => steps(BigInt(word))),
  );
}

function steps(start: bigint): number {
  let count = 0;
  for (let n = start; n > 1n; count += 1) n = n % 2n === 0n ? n / 2n : 3n * n + 1n;
  return count;
}
