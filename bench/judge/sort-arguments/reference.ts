import { lines } from '../generate.ts';

export function solve(_stdin: string, args: readonly string[]): string {
  const sorted = args.map((text) => Buffer.from(text)).sort(Buffer.compare);
  return lines([...sorted.map(String), String(args.length)]);
}
