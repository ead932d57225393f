import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import { imageName, loadRuntimes, RuntimeRegistry } from '../../src/runtimes/registry.ts';
import { MANIFEST, runtime } from '../fixtures.ts';

const scratch = mkdtempSync(join(tmpdir(), 'runtimes-'));
after(() => rmSync(scratch, { recursive: true }));

type Folder = Record<string, string>;

const PYTHON: Folder = { 'runtime.json': JSON.stringify(MANIFEST), 'sdk.py': '# sdk', 'hello.py': 'print("hello")' };

/** A folder with these runtimes and their files. */
function runtimesFolder(name: string, runtimes: Record<string, Folder>): string {
  const directory = join(scratch, name);
  mkdirSync(directory);
  for (const [id, files] of Object.entries(runtimes)) {
    mkdirSync(join(directory, id));
    for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, id, file), content);
  }
  return directory;
}

test('folders with a manifest are runtimes, in alphabetical order; others are ignored', () => {
  const directory = runtimesFolder('good', {
    python: PYTHON,
    ada: PYTHON,
    base: { Dockerfile: '' },
    'Bad Name': PYTHON,
  });
  const { all } = loadRuntimes(directory, undefined);
  assert.deepEqual(
    all.map(({ id, image }) => [id, image]),
    [
      ['ada', 'code-runner-ada'],
      ['python', 'code-runner-python'],
    ],
  );
  const python = all[1];
  assert.equal(python?.manifest.main_file, 'main.py');
  assert.deepEqual(python?.sample, { code: 'print("hello")', stdout: 'hello\n' });
  assert.deepEqual(
    python?.workspaceFiles.map(({ path, content }) => [path, Buffer.from(content).toString()]),
    [['sdk.py', '# sdk']],
  );
});

test('only the selected runtimes', () => {
  const directory = runtimesFolder('some', { python: PYTHON, broken: { 'runtime.json': '{' } });
  assert.deepEqual(
    loadRuntimes(directory, ['python']).all.map(({ id }) => id),
    ['python'],
  );
});

test('one error lists every problem', () => {
  const directory = runtimesFolder('bad', {
    python: PYTHON,
    nojson: { 'runtime.json': 'not json' },
    nomain: { 'runtime.json': JSON.stringify({ ...MANIFEST, main_file: '/abs' }), 'sdk.py': '', 'hello.py': '' },
    nosdk: { 'runtime.json': JSON.stringify(MANIFEST), 'hello.py': '' },
    nosample: { 'runtime.json': JSON.stringify(MANIFEST), 'sdk.py': '' },
  });
  assert.throws(
    () => loadRuntimes(directory, undefined),
    (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /nojson: .*JSON/);
      assert.match(error.message, /nomain: [\s\S]*main_file/);
      assert.match(error.message, /nosdk: .*sdk\.py/);
      assert.match(error.message, /nosample: .*hello\.py/);
      assert.doesNotMatch(error.message, /python:/);
      return true;
    },
  );
  assert.throws(() => loadRuntimes(directory, ['python', 'cobol', 'nojson']), /cobol: no such folder[\s\S]*nojson: /);
});

test('a folder without runtimes is an error', () => {
  assert.throws(() => loadRuntimes(runtimesFolder('none', {}), undefined), /No runtime in /);
});

test('a runtime is found by its id and by its image', () => {
  const registry = new RuntimeRegistry([runtime('python'), runtime('go')]);
  assert.equal(registry.resolve('go').id, 'go');
  assert.equal(registry.resolve('code-runner-go').id, 'go');
  assert.equal(imageName('go'), 'code-runner-go');
});

test('the error for an unknown runtime lists the known ones and does not quote the name', () => {
  const registry = new RuntimeRegistry([runtime('python'), runtime('go')]);
  const names = [
    '',
    'cobol',
    'code-runner-',
    'code-runner-code-runner-go',
    '__proto__',
    'constructor',
    '../go',
    'base',
  ];
  for (const name of names) {
    assert.throws(
      () => registry.resolve(name),
      (error) => error instanceof RunnerError && error.code === 'unknown_runtime' && /python, go/.test(error.detail),
      name,
    );
  }
  assert.throws(
    () => registry.resolve('cobol-secret'),
    (error) => !(error as Error).message.includes('cobol-secret'),
  );
});

const WITH_ALIASES = [
  runtime('python', { aliases: ['python3', 'py'] }),
  runtime('node', { aliases: ['nodejs', 'javascript', 'js'] }),
  runtime('go', { aliases: ['golang'] }),
];

test('a runtime is found by its aliases, in any case, with and without the prefix', () => {
  const registry = new RuntimeRegistry(WITH_ALIASES);
  const names = { Python: 'python', PYTHON3: 'python', py: 'python', JavaScript: 'node', 'Code-Runner-JS': 'node' };
  for (const [name, id] of Object.entries(names)) assert.equal(registry.resolve(name).id, id, name);
  assert.equal(registry.find('code-runner-code-runner-js'), undefined);
});

test('the error for a misspelt name has the nearest name and the list; for any other name only the list', () => {
  const registry = new RuntimeRegistry(WITH_ALIASES);
  const detail = (name: string) => registry.unknown(name, 'There is no such runtime.').detail;
  assert.equal(detail('Pyton'), 'There is no such runtime. Did you mean python? Runtimes: python, node, go.');
  assert.match(detail('code-runner-java-script'), /Did you mean javascript\?/);
  assert.match(detail('golnag'), /Did you mean golang\?/);
  for (const name of ['cobol', '', 'x'.repeat(1_000_000)]) {
    assert.equal(detail(name), 'There is no such runtime. Runtimes: python, node, go.');
  }
});

test('two runtimes with the same name are an error', () => {
  const clash = [runtime('node', { aliases: ['ts'] }), runtime('deno', { aliases: ['ts'] })];
  assert.throws(() => new RuntimeRegistry(clash), /deno: the name ts is also used by node/);
  assert.throws(
    () => new RuntimeRegistry([runtime('go'), runtime('golang', { aliases: ['go'] })]),
    /go is also used by go/,
  );
});

test('the default is Python if it is served, else the first', () => {
  assert.equal(new RuntimeRegistry([runtime('go'), runtime('python')]).default.id, 'python');
  assert.equal(new RuntimeRegistry([runtime('go'), runtime('node')]).default.id, 'go');
});

test('the bundled runtimes share no name and have the usual aliases', () => {
  const registry = loadRuntimes('runtimes', undefined);
  const names = { python3: 'python', py: 'python', javascript: 'node', js: 'node', nodejs: 'node', typescript: 'node' };
  const more = { ts: 'node', golang: 'go', rs: 'rust', Deno: 'deno', BUN: 'bun' };
  for (const [name, id] of Object.entries({ ...names, ...more })) assert.equal(registry.resolve(name).id, id, name);
});

test('with an alias for TypeScript, code is stored as a TypeScript file', () => {
  const registry = loadRuntimes('runtimes', undefined);
  const mainFileBy = (name: string) => registry.resolve(name).manifest.main_file;
  assert.deepEqual(['node', 'js', 'ts', 'TypeScript'].map(mainFileBy), ['main.js', 'main.js', 'main.ts', 'main.ts']);
  assert.equal(registry.resolve('ts').image, 'code-runner-node');
});
