import { lines, words } from '../generate.ts';

/** Two binary searches in the sorted words: the first word with the prefix, and the first one after all words with it. */
export function solve(stdin: string): string {
  const [head = '', ...rest] = stdin.split('\n');
  const [n = 0, q = 0] = head.split(' ').map(Number);
  const sorted = rest.slice(0, n).sort();
  const before = (text: string) => {
    let [low, high] = [0, n];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? '') < text) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return lines(rest.slice(n, n + q).map((prefix) => before(`${prefix}~`) - before(prefix)));
}

export const inputs = {
  large: () => {
    const known = words({ seed: 27, count: 40_000, minLength: 6, maxLength: 9, alphabet: 'abcdefghijklmnop' });
    const asked = words({ seed: 28, count: 40_000, minLength: 1, maxLength: 4, alphabet: 'abcdefghijklmnop' });
    return `40000 40000\n${lines(known)}${lines(asked)}`;
  },
};
