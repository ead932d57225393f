import { line, words } from '../generate.ts';

export function solve(stdin: string): string {
  const sorted = stdin.toLowerCase().match(/\S+/g)?.sort() ?? [];
  let [best, most, begin] = ['none', 0, 0];
  for (const [i, word] of sorted.entries()) {
    if (word !== sorted[begin]) begin = i;
    if (i - begin + 1 > most) [best, most] = [word, i - begin + 1];
  }
  return line(most === 0 ? best : `${best} ${most}`);
}

export const inputs = {
  large: () => `${words({ seed: 9, count: 20_000, minLength: 3, maxLength: 5, alphabet: 'aBcDeF' }).join(' ')}\n`,
};
