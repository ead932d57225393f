import { line } from '../generate.ts';

/** Goes from right to left and follows results that are already known. */
export function solve(stdin: string): string {
  const [, ...numbers] = stdin.trim().split(/\s+/).map(Number);
  const next = new Int32Array(numbers.length).fill(-1);
  const at = (index: number) => numbers[index] ?? Number.POSITIVE_INFINITY;
  for (let i = numbers.length - 2; i >= 0; i -= 1) {
    let j = i + 1;
    while (j !== -1 && at(j) <= at(i)) j = next[j] ?? -1;
    next[i] = j;
  }
  return line([...next].map((j) => numbers[j] ?? -1).join(' '));
}

export const inputs = {
  falling: () => `100000\n${Array.from({ length: 100_000 }, (_, i) => 100_000 - i).join(' ')}\n`,
};
