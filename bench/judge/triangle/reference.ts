export function solve(stdin: string): string {
  const n = Number(stdin);
  const rows = Array.from({ length: n }, (_, i) => '*'.repeat(2 * i + 1).padStart(n + i));
  return [...rows, `n=${n}`].join('\n');
}
