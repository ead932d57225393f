import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How a test file may be run.
 * - `unit`: needs no container engine. Every file under `test/` outside the folders of `ENGINE_FOLDERS`.
 * - `shared`: needs the engine and runs beside other files. Marked by a line `// @shared-engine`; those that take longest
 *   say `// @shared-engine first`, so that none of them runs on when all others have ended.
 * - `alone`: needs the engine and the machine for itself, because it measures time, memory or processes. Everything else.
 */
export type Group = 'unit' | 'shared' | 'alone';

export interface TestFile {
  readonly path: string;
  readonly group: Group;
  /** To be started before the others of its group. */
  readonly isFirst: boolean;
}

/** Where the tests that need the engine are. */
const ENGINE_FOLDERS = ['test/e2e/', 'test/attacks/', 'sandbox-init/test/'];
const FOLDERS = ['test', 'sandbox-init/test'];
const SHARED = /^\/\/ @shared-engine\b/m;
const FIRST = /^\/\/ @shared-engine first\b/m;

/** The test files of a project whose path holds one of the words (no word: all of them), in the order to run them. */
export function findTestFiles(project: string, words: readonly string[]): TestFile[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  )
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort()
    .map((path) => {
      const source = readFileSync(join(project, path), 'utf8');
      return { path, group: groupOf(path, source), isFirst: FIRST.test(source) };
    })
    .sort((a, b) => Number(b.isFirst) - Number(a.isFirst));
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
