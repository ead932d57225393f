import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How a test file may be run.
 * - `unit`: needs no container engine. Every file under `test/` outside the folders of `ENGINE_FOLDERS`.
 * - `shared`: needs the engine and runs beside other files. Marked by a line `// @shared-engine`.
 * - `alone`: needs the engine and the machine for itself, because it measures time, memory or processes. Everything else.
 */
export type Group = 'unit' | 'shared' | 'alone';

export interface TestFile {
  readonly path: string;
  readonly group: Group;
}

/** Where the tests that need the engine are. */
const ENGINE_FOLDERS = ['test/e2e/', 'test/attacks/', 'sandbox-init/test/'];
const FOLDERS = ['test', 'sandbox-init/test'];
const SHARED = /^\/\/ @shared-engine\b/m;

/** The test files of a project whose path holds one of the words (no word: all of them), in order of their paths. */
export function findTestFiles(project: string, words: readonly string[]): TestFile[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  )
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort()
    .map((path) => ({ path, group: groupOf(path, readFileSync(join(project, path), 'utf8')) }));
}

export function groupOf(path: string, source: string): Group {
  if (!ENGINE_FOLDERS.some((folder) => path.startsWith(folder))) return 'unit';
  return SHARED.test(source) ? 'shared' : 'alone';
}

/** What has to be there before these files run: nothing, an engine with the base image, or all runtimes' images too. */
export function needsOf(files: readonly TestFile[]): 'nothing' | 'engine' | 'images' {
  const onEngine = files.filter(({ group }) => group !== 'unit');
  if (onEngine.length === 0) return 'nothing';
  return onEngine.every(({ path }) => path.startsWith('sandbox-init/')) ? 'engine' : 'images';
}
