import { integers, lines } from '../generate.ts';

export function solve(stdin: string): string {
  const [n = 0, ...numbers] = stdin.trim().split(/\s+/).map(Number);
  const rows = Array.from({ length: n }, (_, i) => numbers.slice(i * n, (i + 1) * n));
  const columns = Array.from({ length: n }, (_, j) => rows.map((_, k) => numbers[n * n + k * n + j] ?? 0));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0);
  return lines(rows.map((row) => columns.map((column) => dot(row, column)).join(' ')));
}

export const inputs = {
  large: () => `150\n${integers({ seed: 14, count: 45_000, min: -99, max: 99 }).join(' ')}\n`,
};
