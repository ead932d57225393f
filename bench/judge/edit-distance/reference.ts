import { line, text } from '../generate.ts';

export function solve(stdin: string): string {
  const [from = '', to = ''] = stdin.split('\n');
  let row = [...Array(to.length + 1).keys()];
  for (const [i, c] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, d] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (c === d ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return line(row.at(-1) ?? 0);
}

export const inputs = {
  long: () =>
    `${text({ seed: 2, length: 400, alphabet: 'abc' })}\n${text({ seed: 3, length: 400, alphabet: 'abc' })}\n`,
};
