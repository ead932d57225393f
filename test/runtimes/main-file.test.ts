import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeMainFiles, findMainFile } from '../../src/runtimes/main-file.ts';
import { loadRuntimes } from '../../src/runtimes/registry.ts';
import { file, runtime } from '../fixtures.ts';

const RUNTIMES = loadRuntimes('runtimes', undefined);

/** File contents by name. A name alone is an empty file. */
type Files = readonly string[] | Readonly<Record<string, string>>;

function find(image: string, files: Files) {
  const entries = Array.isArray(files) ? files.map((name) => [name, ''] as const) : Object.entries(files);
  const sources = entries.map(([name, content]) => file(name, content));
  return findMainFile(sources, RUNTIMES.resolve(image).manifest);
}

function manifest(main: unknown): string {
  return JSON.stringify(main);
}

const GO_MAIN = 'package main\nfunc main() {}\n';
const GO_LIBRARY = 'package lib\n';

/** The files, and the resulting command without the interpreter. For Go and Rust, the compile command. */
const FOUND: [image: string, files: Files, command: string][] = [
  ['python', ['main.py', '__main__.py', 'other.py'], 'main.py'],
  ['python', ['__main__.py', 'other.py'], '__main__.py'],
  ['python', ['app/__main__.py', 'app/part.py', 'helper.py'], '-m app'],
  ['python', ['solve.py', 'data.txt'], 'solve.py'],
  ['python', ['src/solve.py'], 'src/solve.py'],
  ['python', ['-c.py'], './-c.py'],
  ['node', ['main.js', 'index.js', 'main.ts'], 'main.js'],
  ['node', ['main.ts', 'index.js'], 'main.ts'],
  ['node', ['main.mts', 'lib.mts'], 'main.mts'],
  ['node', ['main.mjs', 'a.mjs'], 'main.mjs'],
  ['node', ['main.cjs', 'a.cjs'], 'main.cjs'],
  ['node', ['index.js', 'a.js'], 'index.js'],
  ['node', ['index.ts', 'a.ts'], 'index.ts'],
  ['node', { 'package.json': manifest({ main: './src/app' }), 'src/app.js': '', 'index.js': '' }, 'src/app.js'],
  ['node', { 'package.json': manifest({ main: 'src' }), 'src/index.js': '', 'a.js': '' }, 'src/index.js'],
  ['node', { 'package.json': manifest({ main: 'dist/a.js' }), 'index.js': '', 'a.js': '' }, 'index.js'],
  [
    'node',
    { 'package.json': manifest({ scripts: { start: 'node b.js' } }), 'a.js': '', 'b.js': '' },
    '-c node b.js "$@" sh',
  ],
  ['node', { 'package.json': '{', 'solve.js': '' }, 'solve.js'],
  ['node', ['solve.ts', 'package.json'], 'solve.ts'],
  ['typescript', ['main.js', 'main.ts'], 'main.ts'],
  ['bun', ['main.tsx', 'a.ts'], 'main.tsx'],
  ['bun', ['index.js', 'a.js'], 'index.js'],
  ['deno', ['main.jsx', 'a.ts'], 'run -A main.jsx'],
  ['deno', ['solve.ts'], 'run -A solve.ts'],
  ['go', ['main.go'], 'compile.sh .'],
  ['go', { 'go.mod': '', 'app.go': GO_MAIN, 'more.go': GO_MAIN, 'lib/lib.go': GO_LIBRARY }, 'compile.sh .'],
  ['go', { 'go.mod': '', 'lib.go': GO_LIBRARY, 'cmd/tool/tool.go': GO_MAIN }, 'compile.sh ./cmd/tool'],
  ['go', ['solve.go'], 'compile.sh .'],
  ['rust', ['main.rs', 'Cargo.toml'], 'compile.sh main.rs'],
  ['rust', ['src/main.rs', 'src/lib.rs', 'Cargo.toml'], 'compile.sh src/main.rs'],
  ['rust', { 'Cargo.toml': '[package]\n\n[[bin]]\nname = "x"\n', 'a.rs': '', 'b.rs': '' }, 'compile.sh Cargo.toml'],
  ['rust', { 'Cargo.toml': '[package]\n', 'src/bin/x.rs': '', 'src/lib.rs': '' }, 'compile.sh src/bin/x.rs'],
  ['rust', ['solve.rs'], 'compile.sh solve.rs'],
];

for (const [image, files, command] of FOUND) {
  test(`${image}: ${JSON.stringify(files)}`, () => {
    const main = find(image, files);
    assert.ok(main);
    const [, ...rest] = main.compile ?? main.run;
    assert.equal(rest.join(' ').replace('/opt/code-runner/', ''), command);
  });
}

/** Files without a main file, or with several candidates. */
const NOT_FOUND: [image: string, files: Files][] = [
  ['python', []],
  ['python', ['a.py', 'b.py']],
  ['python', ['a/__main__.py', 'b/__main__.py']],
  ['python', ['main.js', 'notes.txt']],
  ['python', ['main.py.txt']],
  ['node', ['a.js', 'b.ts']],
  ['node', { 'package.json': manifest({ main: 5, scripts: { start: '' } }), 'a.js': '', 'b.js': '' }],
  ['node', { 'package.json': manifest([]), 'a.js': '', 'b.js': '' }],
  ['node', { 'package.json': manifest({ scripts: { start: 'x\0' } }) }],
  ['go', { 'go.mod': '', 'a.go': GO_LIBRARY, 'b.go': GO_LIBRARY }],
  ['go', { 'go.mod': '', 'cmd/a/a.go': GO_MAIN, 'cmd/b/b.go': GO_MAIN }],
  ['go', { 'a.go': GO_LIBRARY, 'cmd/b/b.go': GO_MAIN }],
  ['rust', ['Cargo.toml', 'src/lib.rs', 'src/a.rs']],
  ['rust', ['a.rs', 'b.rs']],
];

for (const [image, files] of NOT_FOUND) {
  test(`${image}: no main file among ${JSON.stringify(files)}`, () => assert.equal(find(image, files), undefined));
}

test('a runtime whose commands have no placeholder runs only its usual main file', () => {
  const { manifest: literal } = runtime();
  assert.equal(findMainFile([file('other.py', '')], literal), undefined);
  assert.deepEqual(findMainFile([file('main.py', '')], literal)?.run, ['/usr/bin/python3', 'main.py']);
  assert.equal(describeMainFiles(literal), 'main.py');
});

test('the description lists what is looked for, in order', () => {
  const { manifest: python } = RUNTIMES.resolve('python');
  assert.equal(
    describeMainFiles(python),
    'main.py, __main__.py, a package with __main__.py, a single file that ends in .py',
  );
  const { manifest: go } = RUNTIMES.resolve('go');
  assert.match(describeMainFiles(go), /^main\.go, a file of package main, the only cmd\/\* of a module, a single file/);
  const { manifest: node } = RUNTIMES.resolve('node');
  assert.match(
    describeMainFiles(node),
    /^main\.js, .*main in package\.json, .*scripts\.start in package\.json, a single file/,
  );
});
