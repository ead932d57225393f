// Prints the syntax errors in the files of /workspace that the arguments name, as `file:line:column: message`. Executes nothing, not even macros.
import { readFileSync } from 'node:fs';

interface Message {
  readonly message: string;
  readonly position: { readonly line: number; readonly column: number } | null;
}

const loaders: Record<string, 'ts' | 'tsx' | 'js' | 'jsx'> = { tsx: 'tsx', jsx: 'jsx', js: 'jsx', mjs: 'jsx', cjs: 'jsx' };

function check(path: string): void {
  const loader = loaders[path.slice(path.lastIndexOf('.') + 1)] ?? 'ts';
  try {
    new Bun.Transpiler({ loader, macro: false as never }).scan(readFileSync(`/workspace/${path}`, 'utf8'));
  } catch (error) {
    for (const { message, position } of messagesIn(error)) {
      // The check disables macros; that a program uses them is no error.
      if (message === 'Macros are disabled') continue;
      console.log(`${path}:${position?.line ?? 1}:${position?.column ?? 1}: ${message.split('\n')[0]}`);
    }
  }
}

function messagesIn(error: unknown): Message[] {
  return error instanceof AggregateError ? error.errors : [error as Message];
}

for (const path of process.argv.slice(2)) check(path);
