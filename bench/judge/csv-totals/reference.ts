import { integers, lines, words } from '../generate.ts';

const LINE = /^(?:"((?:[^"]|"")*)"|([^",\n]*)),(-?\d+)$/gm;

export function solve(stdin: string): string {
  const totals = new Map<string, number>();
  for (const [, quoted, plain, amount] of stdin.matchAll(LINE)) {
    const name = quoted?.replaceAll('""', '"') ?? plain ?? '';
    totals.set(name, (totals.get(name) ?? 0) + Number(amount));
  }
  return lines([...totals].map(([name, total]) => `${total} ${name}`));
}

export const inputs = {
  large: () => {
    const amounts = integers({ seed: 29, count: 10_000, min: -500, max: 500 });
    const names = words({ seed: 30, count: 10_000, minLength: 3, maxLength: 8, alphabet: 'klmnopqrs' });
    return lines(
      names.map((name, i) => (i % 3 === 0 ? `"${name}, ""${name}""",${amounts[i]}` : `${name},${amounts[i]}`)),
    );
  },
};
