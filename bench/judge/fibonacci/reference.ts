import { line } from '../generate.ts';

const MODULUS = 1_000_000_007n;

/** Powers of the matrix {{1, 1}, {1, 0}}, stored as the upper row. */
export function solve(stdin: string): string {
  let power: Row = [1n, 0n];
  let square: Row = [1n, 1n];
  for (let n = BigInt(stdin.trim()); n > 0n; n /= 2n) {
    if (n % 2n === 1n) power = multiply(power, square);
    square = multiply(square, square);
  }
  return line(power[1]);
}

type Row = readonly [bigint, bigint];

function multiply([a, b]: Row, [c, d]: Row): Row {
  return [(a * c + b * d) % MODULUS, (a * d + b * (c - d) + MODULUS * MODULUS) % MODULUS];
}
