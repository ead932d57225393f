import { line } from '../generate.ts';

const RANK: Record<string, number> = { '(': 0, '+': 1, '-': 1, '*': 2, '/': 2, negate: 3 };
const OPERATIONS: Record<string, (a: bigint, b: bigint) => bigint> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

/** Dijkstra's shunting yard: no recursion. */
export function solve(stdin: string): string {
  const values: bigint[] = [];
  const waiting: string[] = [];
  const take = () => values.pop() ?? 0n;
  const apply = (operator: string) => {
    const b = take();
    values.push(operator === 'negate' ? -b : (OPERATIONS[operator]?.(take(), b) ?? 0n));
  };
  const applyFrom = (rank: number) => {
    while (waiting.length > 0 && (RANK[waiting.at(-1) ?? ''] ?? 0) >= rank) apply(waiting.pop() ?? '');
  };
  let isValueDue = true;
  for (const token of stdin.match(/\d+|[-+*/()]/g) ?? []) {
    if (token === '(') waiting.push(token);
    else if (token === ')') {
      applyFrom(1);
      waiting.pop();
    } else if (/\d/.test(token)) values.push(BigInt(token));
    else if (isValueDue && token === '-') waiting.push('negate');
    else {
      applyFrom(RANK[token] ?? 0);
      waiting.push(token);
    }
    isValueDue = /[-+*/(]/.test(token);
  }
  applyFrom(1);
  return line(take());
}

export const inputs = {
  deep: () => `${'(1+'.repeat(60)}0${')'.repeat(60)}\n`,
  veryDeep: () => `${'(1+'.repeat(20_000)}0${')'.repeat(20_000)}\n`,
};
