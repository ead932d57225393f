import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The `runtimes` folder of this project, from the sources as well as from the compiled files. */
export function bundledRuntimes(): string {
  const candidates = ['../../runtimes', '../../../runtimes'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find(existsSync) ?? 'runtimes';
}
