import { lines } from '../generate.ts';

const CLOSING = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

export function solve(stdin: string): string {
  return lines(
    stdin
      .split('\n')
      .slice(0, -1)
      .map((text) => (isBalanced(text) ? 'yes' : 'no')),
  );
}

function isBalanced(text: string): boolean {
  const awaited: string[] = [];
  for (const bracket of text) {
    const closing = CLOSING.get(bracket);
    if (closing !== undefined) awaited.push(closing);
    else if (awaited.pop() !== bracket) return false;
  }
  return awaited.length === 0;
}

export const inputs = { deep: () => `${'('.repeat(100_000)}${')'.repeat(100_000)}\n` };
