import { integers, lines } from '../generate.ts';

/** Walks through the integers and the sorted queries in parallel. */
export function solve(stdin: string): string {
  const [n = 0, ...rest] = stdin.trim().split(/\s+/).map(Number);
  const questions = rest.slice(n + 1);
  const order = [...questions.keys()].sort((i, j) => (questions[i] ?? 0) - (questions[j] ?? 0));
  const answers: string[] = [];
  let at = 0;
  for (const index of order) {
    while (at < n && (rest[at] ?? 0) < (questions[index] ?? 0)) at += 1;
    answers[index] = at < n ? String(rest[at]) : 'none';
  }
  return lines(answers);
}

export const inputs = {
  large: () => {
    const numbers = integers({ seed: 17, count: 20_000, min: 0, max: 149_000_000 }).sort((a, b) => a - b);
    const questions = integers({ seed: 18, count: 20_000, min: 0, max: 150_000_000 });
    return `20000\n${numbers.join(' ')}\n20000\n${questions.join(' ')}\n`;
  },
};
