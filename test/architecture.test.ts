import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

/** The import rules: which part of `src/` may import which other part, and which part may import which package. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'main.ts': ['bootstrap', 'config'],
  bootstrap: ['*'],
  http: ['runs', 'core', 'runtimes', 'prebuilds', 'health', 'observability'],
  runs: ['core', 'sandbox', 'judging', 'runtimes', 'compile-cache'],
  judging: ['core', 'sandbox'],
  health: ['core', 'runtimes'],
  observability: ['core', 'runs', 'config', 'sandbox', 'prebuilds'],
  engines: ['sandbox', 'init-protocol', 'core', 'prebuilds', 'runtimes'],
  prebuilds: ['core', 'runtimes', 'sandbox'],
  sandbox: ['core'],
  'compile-cache': ['core'],
  'init-protocol': ['core'],
  runtimes: ['core'],
  config: ['core'],
  core: [],
};
const PACKAGE_OWNERS: Record<string, RegExp> = {
  dockerode: /^engines\/docker\/api\//,
  hono: /^(http|bootstrap)\//,
  '@hono/node-server': /^bootstrap\//,
  '@hono/zod-openapi': /^http\//,
  pino: /^observability\//,
  'prom-client': /^observability\//,
  'tar-stream': /^init-protocol\/archive\.ts$/,
  zod: /^(http|config|runtimes)\//,
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(join('src', file), 'utf8')]));
const imports = files.flatMap((file): Import[] =>
  [...(sources.get(file) ?? '').matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';/gms)].map((match) => ({
    from: file,
    to: match[2] ?? '',
    isType: match[1] !== undefined,
  })),
);
const internal = imports
  .filter(({ to }) => to.startsWith('.'))
  .map((entry) => ({ ...entry, to: normalize(join(dirname(entry.from), entry.to)) }));

function partOf(file: string): string {
  return file.split('/')[0] ?? file;
}

test('every part imports only what it is allowed to import', () => {
  const broken = internal.filter(({ from, to }) => {
    const allowed = MAY_IMPORT[partOf(from)] ?? [];
    return partOf(from) !== partOf(to) && !allowed.includes('*') && !allowed.includes(partOf(to));
  });
  assert.ok(internal.length > 30, 'the imports were found');
  assert.deepEqual(broken, []);
});

test('http imports only types from runtimes and observability', () => {
  const values = internal.filter(
    ({ from, to, isType }) => partOf(from) === 'http' && /^(runtimes|observability)/.test(to) && !isType,
  );
  assert.deepEqual(values, []);
});

test('every package is imported only by its owner', () => {
  const broken = imports.filter(({ from, to }) => {
    const name = Object.keys(PACKAGE_OWNERS).find((owned) => to === owned || to.startsWith(`${owned}/`));
    return name !== undefined && !PACKAGE_OWNERS[name]?.test(from);
  });
  assert.deepEqual(broken, []);
});

test('dockerode is used only to build, pull and import images', () => {
  const users = imports.filter(({ to }) => to === 'dockerode').map(({ from }) => from);
  assert.deepEqual(users, ['engines/docker/api/image-sources.ts']);
});

test('there is no import cycle', () => {
  const edges = new Map(
    files.map((file) => [file, internal.filter((entry) => entry.from === file).map((entry) => entry.to)]),
  );
  const reach = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path, file];
    for (const next of edges.get(file) ?? []) {
      const cycle = reach(next, [...path, file]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  for (const file of files) assert.equal(reach(file, []), undefined);
});

test('no barrel file, no module-level let; only one place reads the environment, only one exits', () => {
  assert.deepEqual(
    files.filter((file) => /(^|\/)index\.ts$/.test(file)),
    [],
  );
  const having = (pattern: RegExp) => files.filter((file) => pattern.test(sources.get(file) ?? ''));
  assert.deepEqual(having(/^(export )?let /m), []);
  assert.deepEqual(having(/process\.env(?!\.)/), ['config/config.ts']);
  assert.deepEqual(having(/process\.exit\(/), ['main.ts']);
});
