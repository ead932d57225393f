// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @cells
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Service } from './service.ts';

/** The files of a request, and what the program prints. */
type Files = Readonly<Record<string, string>>;

const GO_MAIN = (text: string) => `package main\nimport "fmt"\nfunc main() { fmt.Println("${text}") }\n`;
const CARGO = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n';
const START = JSON.stringify({ scripts: { start: 'node server.js' } });
const TYPED = "const say = (text: string): void => console.log(text); say('typed');";

const FOLDERS: Record<string, [files: Files, printed: string][]> = {
  python: [
    [{ '__main__.py': 'import part; print(part.NAME)', 'part.py': 'NAME = "root"' }, 'root'],
    [{ 'app/__main__.py': 'from .part import NAME; print(NAME)', 'app/part.py': 'NAME = "package"' }, 'package'],
    [{ 'solve.py': 'print(open("data.txt").read())', 'data.txt': 'only' }, 'only'],
  ],
  node: [
    [{ 'main.ts': TYPED }, 'typed'],
    [
      {
        'main.mts': `import { say } from './a.mts'; say('mts');`,
        'a.mts': 'export const say = (t: string) => console.log(t);',
      },
      'mts',
    ],
    [{ 'main.mjs': `import './a.mjs';`, 'a.mjs': `console.log('mjs');` }, 'mjs'],
    [{ 'main.cjs': `require('./a.cjs');`, 'a.cjs': `console.log('cjs');` }, 'cjs'],
    [{ 'index.js': `require('./a.js');`, 'a.js': `console.log('index');` }, 'index'],
    [
      {
        'package.json': '{"main": "src/app", "type": "module"}',
        'src/app.js': `import './b.js';`,
        'src/b.js': `console.log('main');`,
      },
      'main',
    ],
    [{ 'package.json': START, 'server.js': `console.log('start', process.argv[2]);`, 'other.js': '' }, 'start arg'],
    [{ 'solve.ts': TYPED }, 'typed'],
  ],
  bun: [
    [{ 'main.tsx': `const say = <T,>(value: T) => console.log(value); say<string>('tsx');` }, 'tsx'],
    [{ 'index.js': `console.log('index');` }, 'index'],
    [{ 'package.json': '{"main": "app.ts"}', 'app.ts': TYPED, 'other.ts': '' }, 'typed'],
  ],
  deno: [
    [{ 'main.tsx': `const say = <T,>(value: T) => console.log(value); say<string>('tsx');` }, 'tsx'],
    [{ 'main.js': `console.log('js');` }, 'js'],
    [{ 'solve.ts': TYPED }, 'typed'],
  ],
  go: [
    [
      { 'go.mod': 'module example.com/app\n\ngo 1.22\n', 'app.go': GO_MAIN('root'), 'more.go': 'package main\n' },
      'root',
    ],
    [
      {
        'go.mod': 'module example.com/app\n\ngo 1.22\n',
        'lib/lib.go': 'package lib\nconst Name = "cmd"\n',
        'cmd/tool/tool.go':
          'package main\nimport ("fmt"; "example.com/app/lib")\nfunc main() { fmt.Println(lib.Name) }\n',
      },
      'cmd',
    ],
    [{ 'solve.go': GO_MAIN('only') }, 'only'],
  ],
  rust: [
    [
      {
        'Cargo.toml': CARGO,
        'src/main.rs': 'mod a; fn main() { println!("{}", a::NAME); }',
        'src/a.rs': 'pub const NAME: &str = "cargo";',
      },
      'cargo',
    ],
    [
      {
        'Cargo.toml': `${CARGO}\n[[bin]]\nname = "tool"\npath = "tool.rs"\n`,
        'tool.rs': 'fn main() { println!("bin"); }',
        'b.rs': '',
      },
      'bin',
    ],
    [
      { 'src/main.rs': 'mod a; fn main() { println!("{}", a::NAME); }', 'src/a.rs': 'pub const NAME: &str = "bare";' },
      'bare',
    ],
    [{ 'solve.rs': 'fn main() { println!("only"); }' }, 'only'],
  ],
};

describe('the main file is found as a user of the language would expect', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service.stop());

  for (const [image, folders] of Object.entries(FOLDERS)) {
    for (const [files, printed] of folders) {
      test(`${image}: ${Object.keys(files).join(', ')}`, async () => {
        const answer = await service.run({ image, files, args: ['arg'] });
        assert.deepEqual([answer.stdout, answer.stderr], [`${printed}\n`, '']);
        assert.deepEqual([answer.status, answer.exit_code], ['completed', 0]);
      });
    }
  }

  test('also for a judged program, in each of its tests', async () => {
    const files = { 'main.ts': `console.log(require('fs').readFileSync(0, 'utf8') as string);`, 'a.ts': '' };
    const tests = ['1', '2'].map((stdin) => ({ stdin, expected_stdout: stdin }));
    assert.equal((await service.judge({ image: 'node', files, tests })).verdict, 'accepted');
  });

  test('with an alias for TypeScript, code is TypeScript', async () => {
    assert.equal((await service.run({ image: 'TypeScript', code: TYPED })).stdout, 'typed\n');
  });

  test('files without a main file are refused with what was looked for and what was sent', async () => {
    const { status, detail } = await service.refusal({ files: { 'a.py': '', 'b.py': '' } });
    assert.equal(status, 400);
    assert.match(detail, /^Either code or entrypoint must be provided\. .*main\.py, __main__\.py.*a\.py, b\.py/);
  });
});
