import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingImports, sourceFiles } from '../../src/runtimes/local-imports.ts';
import { loadRuntimes } from '../../src/runtimes/registry.ts';
import { file } from '../fixtures.ts';

const RUNTIMES = loadRuntimes('runtimes', undefined);

/** File, line and column of the missing imports in a program for an included runtime. */
function missing(image: string, files: Record<string, string>): unknown[] {
  const sources = Object.entries(files).map(([name, content]) => file(name, content));
  return missingImports(sources, RUNTIMES.resolve(image).manifest).map(({ file: path, line, column, message }) => [
    path,
    line,
    column,
    message.replace('no file for the import ', ''),
  ]);
}

test('JavaScript: static imports, exports and top-level require, also over several lines', () => {
  assert.deepEqual(missing('deno', { 'a/main.ts': "import x from './x.ts';\nexport * from '../y.ts'" }), [
    ['a/main.ts', 1, 16, './x.ts'],
    ['a/main.ts', 2, 16, '../y.ts'],
  ]);
  assert.deepEqual(missing('node', { 'main.js': "const { a } = require('./a');\nrequire('./b')" }), [
    ['main.js', 1, 24, './a'],
    ['main.js', 2, 10, './b'],
  ]);
  assert.deepEqual(missing('deno', { 'main.ts': "import {\n  a,\n} from './a.ts';" }), [['main.ts', 3, 9, './a.ts']]);
});

test('JavaScript: packages, URLs, comments and texts are not local imports', () => {
  const code = `import 'pkg';\nimport 'https://x/y.ts';\n// import './a.ts'\nconst t = "import './b.ts'";\nlet r = f(require('pkg'));`;
  for (const image of ['node', 'deno', 'bun']) assert.deepEqual(missing(image, { 'main.ts': code }), []);
});

test('each runtime completes names as it does when it runs', () => {
  const program = { 'main.js': "require('./a'); \nrequire('./b')", 'a.json': '{}', 'b/index.js': '' };
  assert.deepEqual(missing('node', program), []);
  assert.deepEqual(missing('deno', { 'main.ts': "import './a'", 'a.ts': '' }), [['main.ts', 1, 9, './a']]);
  assert.deepEqual(missing('bun', { 'main.ts': "import './a'\nimport './b.js'", 'a.ts': '', 'b.ts': '' }), []);
});

test('Rust: the files of modules', () => {
  const files = {
    'main.rs': 'mod a;\n  pub(crate) mod b;\nmod c { }\nmod d;',
    'a.rs': 'mod e;\nmod f;',
    'a/e.rs': '',
    'b/mod.rs': '',
  };
  assert.deepEqual(missing('rust', files), [
    ['main.rs', 4, 5, 'd'],
    ['a.rs', 2, 5, 'f'],
  ]);
});

test('Go: packages of the program itself, by the name of its module', () => {
  const main =
    'package main\nimport "fmt"\nimport (\n\t"a.b/app/lib"\n\t_ "a.b/app/none" // why\n\tx "a.b/apple"\n\t"a.b/app"\n)\n';
  const files = { 'cmd/x/main.go': main, 'lib/lib.go': '', 'none/data.txt': '', 'go.mod': '// mine\nmodule a.b/app\n' };
  assert.deepEqual(missing('go', { ...files, 'root.go': '' }), [['cmd/x/main.go', 5, 5, 'a.b/app/none']]);
  assert.deepEqual(missing('go', files).length, 2, 'without a package in the root');
  assert.deepEqual(missing('go', { 'main.go': 'import "main/lib"\nimport "other/lib"' }), [
    ['main.go', 1, 9, 'main/lib'],
  ]);
});

test('only files with the extensions of the runtime are sources', () => {
  const files = ['main.py', 'data.json', 'x.pyc', 'lib/a.py', 'py'].map((name) => file(name, ''));
  const { manifest } = RUNTIMES.resolve('python');
  assert.deepEqual(
    sourceFiles(files, manifest).map(({ path }) => path),
    ['main.py', 'lib/a.py'],
  );
});

test('a mebibyte of hostile source costs little time', () => {
  for (const line of [
    "import './a",
    'import ',
    'import x ',
    "require('",
    '= '.repeat(500),
    ' '.repeat(1000),
    'const a = '.repeat(100),
    '\n',
  ]) {
    const content = `${line}\n`.repeat(Math.ceil(1024 ** 2 / (line.length + 1)));
    for (const { id, manifest } of RUNTIMES.all) {
      const begun = performance.now();
      missingImports([file(manifest.main_file, content), file('main.ts', content)], manifest);
      // Usually less than 50 ms. A pattern that backtracks takes minutes.
      assert.ok(performance.now() - begun < 3000, `${id}: ${line}`);
    }
  }
});
