import { line } from '../generate.ts';

/** A breadth-first search: the amounts that are left after one coin, two coins, … */
export function solve(stdin: string): string {
  const [amount = 0, ...coins] = stdin.trim().split(/\s+/).map(Number);
  const isReached = new Uint8Array(amount + 1);
  let front = [amount];
  for (let count = 0; front.length > 0; count += 1) {
    if (front.includes(0)) return line(count);
    const next: number[] = [];
    for (const left of front) {
      for (const coin of coins) {
        const rest = left - coin;
        if (rest < 0 || isReached[rest] === 1) continue;
        isReached[rest] = 1;
        next.push(rest);
      }
    }
    front = next;
  }
  return line(-1);
}
