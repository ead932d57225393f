import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of this project's `runtimes` folder. Works from the sources and from the compiled files. */
export function bundledRuntimes(): string {
  const candidates = ['../../runtimes', '../../../runtimes'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find(existsSync) ?? 'runtimes';
}
