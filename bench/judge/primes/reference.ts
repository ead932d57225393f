import { line } from '../generate.ts';

/** Every composite number is struck out once, by its smallest prime factor. */
export function solve(stdin: string): string {
  const n = Number(stdin);
  const isComposite = new Uint8Array(n + 1);
  const primes: number[] = [];
  for (let number = 2; number <= n; number += 1) {
    if (isComposite[number] === 0) primes.push(number);
    for (const prime of primes) {
      if (prime * number > n) break;
      isComposite[prime * number] = 1;
      if (number % prime === 0) break;
    }
  }
  return line(primes.length);
}
