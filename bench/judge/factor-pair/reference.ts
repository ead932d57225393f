import { line } from '../generate.ts';

export function solve(stdin: string): string {
  const n = Number(stdin);
  for (let factor = Math.floor(Math.sqrt(n)); factor > 1; factor -= 1) {
    if (n % factor === 0) return line(`${n / factor} ${factor}`);
  }
  return line('prime');
}
