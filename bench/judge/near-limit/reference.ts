import { line } from '../generate.ts';

export function solve(): string {
  return line('done');
}
