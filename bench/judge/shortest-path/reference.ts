import { integers, line } from '../generate.ts';

/** Bellman–Ford with a queue. */
export function solve(stdin: string): string {
  const [n = 0, , ...numbers] = stdin.trim().split(/\s+/).map(Number);
  const edges = new Map<number, [number, number][]>();
  for (let i = 0; i < numbers.length; i += 3) {
    const [from = 0, to = 0, length = 0] = numbers.slice(i, i + 3);
    edges.set(from, [...(edges.get(from) ?? []), [to, length]]);
  }
  const distances = new Map([[1, 0]]);
  const queue = [1];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const [to, length] of edges.get(node) ?? []) {
      const distance = (distances.get(node) ?? 0) + length;
      if (distance >= (distances.get(to) ?? Number.POSITIVE_INFINITY)) continue;
      distances.set(to, distance);
      queue.push(to);
    }
  }
  return line(distances.get(n) ?? -1);
}

export const inputs = {
  /** 40 layers of two nodes each: 2^40 paths. */
  layers: () => {
    const lengths = integers({ seed: 5, count: 160, min: 1, max: 9 });
    const edges = lengths.map((length, i) => {
      const layer = Math.floor(i / 4);
      return `${2 * layer + 1 + (i & 1)} ${2 * layer + 3 + ((i >> 1) & 1)} ${length}`;
    });
    return `82 ${edges.length}\n${edges.join('\n')}\n`;
  },
  sparse: () => {
    const lengths = integers({ seed: 6, count: 20_000, min: 1, max: 1000 });
    const edges = lengths.map((length, i) => `${Math.max(1, i - (length % 7))} ${i + 1} ${length}`);
    return `20000 ${edges.length}\n${edges.join('\n')}\n`;
  },
};
