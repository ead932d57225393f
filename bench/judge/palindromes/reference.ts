import { lines } from '../generate.ts';

/** With each further letter, the length of the longest palindrome grows by at most two. */
export function solve(stdin: string): string {
  return lines(stdin.split('\n').slice(0, -1).map(longest));
}

function longest(text: string): number {
  let length = 0;
  for (let end = 1; end <= text.length; end += 1) {
    if (isPalindrome(text, end - length - 2, end)) length += 2;
    else if (isPalindrome(text, end - length - 1, end)) length += 1;
  }
  return length;
}

function isPalindrome(text: string, begin: number, end: number): boolean {
  if (begin < 0) return false;
  for (let i = begin, j = end - 1; i < j; i += 1, j -= 1) if (text[i] !== text[j]) return false;
  return true;
}

export const inputs = { long: () => `${'a'.repeat(3000)}\n` };
