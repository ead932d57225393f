import { line } from '../generate.ts';

/** Long multiplication by hand, in digits. */
export function solve(stdin: string): string {
  let digits = [1];
  for (let factor = 2; factor <= Number(stdin); factor += 1) {
    let carry = 0;
    digits = digits.map((digit) => {
      carry += digit * factor;
      const last = carry % 10;
      carry = Math.floor(carry / 10);
      return last;
    });
    for (; carry > 0; carry = Math.floor(carry / 10)) digits.push(carry % 10);
  }
  return line(digits.reverse().join(''));
}
