import { seededRandom } from '../../test/fixtures.ts';

/** Generates input. The same seed gives the same input on every machine. */

interface IntegerOptions {
  readonly seed: number;
  readonly count: number;
  readonly min: number;
  /** The largest value that may occur. */
  readonly max: number;
}

export function integers({ seed, count, min, max }: IntegerOptions): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => min + Math.floor(random() * (max - min + 1)));
}

interface TextOptions {
  readonly seed: number;
  /** Length in code points. */
  readonly length: number;
  readonly alphabet: string;
}

export function text({ seed, length, alphabet }: TextOptions): string {
  const letters = [...alphabet];
  return integers({ seed, count: length, min: 0, max: letters.length - 1 })
    .map((index) => letters[index])
    .join('');
}

interface WordOptions {
  readonly seed: number;
  readonly count: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly alphabet: string;
}

export function words({ seed, count, minLength, maxLength, alphabet }: WordOptions): string[] {
  const lengths = integers({ seed, count, min: minLength, max: maxLength });
  const letters = text({ seed: seed + 1000, length: count * maxLength, alphabet });
  return lengths.map((length, index) => letters.slice(index * maxLength, index * maxLength + length));
}

/** Lines with two numbers each. */
export function pairs(first: readonly number[], second: readonly number[]): string {
  return lines(first.map((number, index) => `${number} ${second[index]}`));
}

export function lines(values: readonly (string | number)[]): string {
  return values.map(line).join('');
}

export function line(value: string | number | bigint): string {
  return `${value}\n`;
}
