import { line } from '../generate.ts';

/** A tree of counts finds and removes the index-th remaining person in logarithmic time. */
export function solve(stdin: string): string {
  const [n = 0, k = 0] = stdin.trim().split(' ').map(Number);
  let size = 1;
  while (size < n) size *= 2;
  const counts = new Int32Array(2 * size);
  for (let i = 0; i < n; i += 1)
    for (let node = size + i; node > 0; node >>>= 1) counts[node] = (counts[node] ?? 0) + 1;
  let at = 0;
  for (let left = n; left > 0; left -= 1) {
    at = (at + k - 1) % left;
    let rest = at;
    let node = 1;
    counts[1] = left - 1;
    while (node < size) {
      node *= 2;
      const count = counts[node] ?? 0;
      if (rest >= count) {
        rest -= count;
        node += 1;
      }
      counts[node] = (counts[node] ?? 0) - 1;
    }
    if (left === 1) return line(node - size + 1);
  }
  return line(0);
}
