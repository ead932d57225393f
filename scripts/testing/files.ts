import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How a test file is run.
 * - `unit`: needs no container engine. Every file under `test/` outside the folders of `ENGINE_FOLDERS`.
 * - `shared`: needs the engine and can run together with other files. Marked by a line `// @shared-engine`. The slowest files have
 *   `// @shared-engine first`, so that they start first.
 * - `alone`: needs the engine and the whole machine, because it measures time, memory or processes. All other files.
 */
export type Group = 'unit' | 'shared' | 'alone';

export interface TestFile {
  readonly path: string;
  /** How the results call it. */
  readonly title: string;
  /** What the services of the tests do with runs that do not ask for an isolation (TEST_ISOLATION). */
  readonly isolation: 'containers' | 'cells';
  readonly group: Group;
  /** Whether it starts before the others of its group. */
  readonly isFirst: boolean;
}

/** Folders of the tests that need the engine. */
const ENGINE_FOLDERS = ['test/e2e/', 'test/attacks/', 'sandbox-init/test/'];
const FOLDERS = ['test', 'sandbox-init/test'];
const SHARED = /^\/\/ @shared-engine\b/m;
/** The file is run twice: what it says of the service holds in both isolations. */
const BOTH = /^\/\/ @both-isolations\b/m;
/** The file is run in cells only: what it says does not depend on the isolation, and cells are faster. */
const CELLS = /^\/\/ @cells\b/m;
const FIRST = /^\/\/ @shared-engine first\b/m;

/** The test files of a project whose path contains one of the words (without words: all), in the order in which to run them. */
export function findTestFiles(project: string, words: readonly string[]): TestFile[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  )
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort()
    .flatMap((path) => toTestFiles(path, readFileSync(join(project, path), 'utf8')))
    .sort((a, b) => Number(b.isFirst) - Number(a.isFirst));
}

/** The file in every isolation that it is run in. Without a mark, that is containers. */
export function toTestFiles(path: string, source: string): TestFile[] {
  const file = { path, title: path, group: groupOf(path, source), isFirst: FIRST.test(source) };
  if (CELLS.test(source)) return [{ ...file, isolation: 'cells' }];
  const inContainers = { ...file, isolation: 'containers' } as const;
  return BOTH.test(source)
    ? [inContainers, { ...file, title: `${path} in cells`, isolation: 'cells' }]
    : [inContainers];
}

export function groupOf(path: string, source: string): Group {
  if (!ENGINE_FOLDERS.some((folder) => path.startsWith(folder))) return 'unit';
  return SHARED.test(source) ? 'shared' : 'alone';
}

/** What these files need: nothing, an engine with the base image, or also the images of all runtimes. */
export function needsOf(files: readonly TestFile[]): 'nothing' | 'engine' | 'images' {
  const onEngine = files.filter(({ group }) => group !== 'unit');
  if (onEngine.length === 0) return 'nothing';
  return onEngine.every(({ path }) => path.startsWith('sandbox-init/')) ? 'engine' : 'images';
}
