import { integers, line } from '../generate.ts';

/** Keeps one subset for every sum that can be reached. */
export function solve(stdin: string): string {
  const numbers = stdin.trim().split(/\s+/).slice(1).map(Number);
  const half = numbers.reduce((sum, number) => sum + number, 0) / 2;
  const ways = new Map<number, readonly number[]>([[0, []]]);
  for (const [i, number] of numbers.entries()) {
    for (const [sum, way] of [...ways]) {
      if (sum + number <= half && !ways.has(sum + number)) ways.set(sum + number, [...way, i + 1]);
    }
  }
  return line(ways.get(half)?.join(' ') ?? 'impossible');
}

export const inputs = {
  /** An odd number of twos cannot be divided into halves. */
  twos: () => `39\n${'2 '.repeat(39).trim()}\n`,
  many: () => {
    const numbers = integers({ seed: 31, count: 38, min: 1, max: 120 });
    const isOdd = numbers.reduce((sum, number) => sum + number, 0) % 2;
    return `40\n${[...numbers, 1, 1 + isOdd].join(' ')}\n`;
  },
};
