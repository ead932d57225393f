import { line } from '../generate.ts';

/** Uses JavaScript's own calendar, which repeats every 400 years. */
export function solve(stdin: string): string {
  const year = 2000 + (Number(stdin) % 400);
  return line(new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1 ? 'leap' : 'common');
}
