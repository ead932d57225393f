import { line } from '../generate.ts';

/** Finds one letter at a time from the number of permutations that begin with each letter. */
export function solve(stdin: string): string {
  const [n = 0n, k = 0n] = stdin.trim().split(' ').map(BigInt);
  let letters = 'abcdefghijklmnopqrst'.slice(0, Number(n));
  let block = [...letters].reduce((product, _, i) => product * BigInt(i + 1), 1n);
  if (k > block) return line('none');
  let rest = k - 1n;
  let word = '';
  while (letters !== '') {
    block /= BigInt(letters.length);
    const index = Number(rest / block);
    rest %= block;
    word += letters.charAt(index);
    letters = letters.slice(0, index) + letters.slice(index + 1);
  }
  return line(word);
}
