import { integers, line } from '../generate.ts';

/** Appends every task whose predecessors are all in the order. */
export function solve(stdin: string): string {
  const [[n = 0] = [], ...rules] = stdin
    .trim()
    .split('\n')
    .map((text) => text.split(' ').map(Number));
  const waits = new Map<number, number>();
  const followers = new Map<number, number[]>();
  for (const [a = 0, b = 0] of rules) {
    waits.set(b, (waits.get(b) ?? 0) + 1);
    followers.set(a, (followers.get(a) ?? []).concat(b));
  }
  const order = Array.from({ length: n }, (_, i) => i + 1).filter((task) => !waits.has(task));
  for (const task of order) {
    for (const follower of followers.get(task) ?? []) {
      waits.set(follower, (waits.get(follower) ?? 0) - 1);
      if (waits.get(follower) === 0) order.push(follower);
    }
  }
  return line(order.length === n ? order.join(' ') : 'impossible');
}

export const inputs = {
  /** 30 before 29 before 28 … */
  backwards: () => `30 29\n${Array.from({ length: 29 }, (_, i) => `${i + 2} ${i + 1}\n`).join('')}`,
  many: () => {
    const begins = integers({ seed: 20, count: 20_000, min: 1, max: 19_999 });
    const steps = integers({ seed: 21, count: 20_000, min: 1, max: 20_000 });
    const rules = begins.map((begin, i) => `${begin} ${begin + 1 + ((steps[i] ?? 0) % (20_000 - begin))}`);
    return `20000 20000\n${rules.join('\n')}\n`;
  },
};
