import { line } from '../generate.ts';

export function solve(stdin: string): string {
  const n = Number(stdin);
  if (n === 2 || n === 3) return line('impossible');
  const all = Array.from({ length: n }, (_, i) => i + 1);
  return line([...all.filter((number) => number % 2 === 0), ...all.filter((number) => number % 2 === 1)].join(' '));
}
