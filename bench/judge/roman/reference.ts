import { integers, lines } from '../generate.ts';

/** The letters for one, five and ten of each decimal digit. */
const DIGITS = ['MMM', 'CDM', 'XLC', 'IVX'];
const SHAPES = ['', '0', '00', '000', '01', '1', '10', '100', '1000', '02'];

export function solve(stdin: string): string {
  return lines(stdin.trim().split('\n').map(roman));
}

function roman(number: string): string {
  const letters = [...number.padStart(4, '0')].map((digit, place) =>
    (SHAPES[Number(digit)] ?? '').replace(/\d/g, (which) => DIGITS[place]?.[Number(which)] ?? ''),
  );
  return letters.join('');
}

export const inputs = { many: () => lines(integers({ seed: 4, count: 300, min: 1, max: 3999 })) };
