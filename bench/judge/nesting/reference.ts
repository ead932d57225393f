import { line } from '../generate.ts';

/** The depth at each bracket: brackets opened so far minus brackets closed. */
export function solve(stdin: string): string {
  let depth = 0;
  const depths = [...stdin.trim()].map((bracket) => {
    depth += bracket === '[' ? 1 : -1;
    return depth;
  });
  return line(depths.reduce((deepest, each) => Math.max(deepest, each), 0));
}

export const inputs = { deep: () => `${'['.repeat(200_000)}${']'.repeat(200_000)}\n` };
