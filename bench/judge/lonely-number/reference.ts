import { integers, line } from '../generate.ts';

export function solve(stdin: string): string {
  const sorted = stdin.trim().split(/\s+/).slice(1).sort();
  const at = sorted.findIndex((word, i) => word !== sorted[i - 1] && word !== sorted[i + 1]);
  return line(sorted[at] ?? '');
}

export const inputs = {
  spread: () => {
    const numbers = [...new Set(integers({ seed: 24, count: 20_000, min: -200_000_000, max: 200_000_000 }))];
    const [lonely, ...others] = numbers;
    return `${3 * others.length + 1}\n${[...others, ...others, lonely, ...others].join(' ')}\n`;
  },
};
