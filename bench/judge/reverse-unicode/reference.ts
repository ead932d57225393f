import { text } from '../generate.ts';

export function solve(stdin: string): string {
  return stdin
    .split(/(\n)/)
    .map((part) => Array.from(part).reduceRight((reversed, point) => reversed + point, ''))
    .join('');
}

export const inputs = { long: () => `${text({ seed: 7, length: 50_000, alphabet: 'aěščř日本👍' })}\n` };
