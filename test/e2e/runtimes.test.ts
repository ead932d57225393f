// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @cells
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunBody, Service } from './service.ts';

/** What every runtime must do, written in its own language. */
interface Dialect {
  readonly version: RegExp;
  /** Prints the runtime's version. */
  readonly printVersion: string;
  /** Prints its arguments as JSON-like lines, then its standard input, then exits with 3. */
  readonly echo: string;
  /** Sets metadata to `{"answer": 42}` through the sdk. */
  readonly metadata: string;
  /** A main file that uses another file, and that file. */
  readonly files: Record<string, string>;
  /** Prints the variable GREETING, then fails with an uncaught error. */
  readonly failing: string;
}

const JS_ECHO = (io: string) => `${io}
for (const arg of args) console.log('arg:' + arg);
console.log('stdin:' + input);
exit(3);`;

const DIALECTS: Record<string, Dialect> = {
  python: {
    version: /^3\.13\./,
    printVersion: 'import platform; print(platform.python_version())',
    echo: 'import sys\nfor arg in sys.argv[1:]: print("arg:" + arg)\nprint("stdin:" + sys.stdin.read())\nsys.exit(3)',
    metadata:
      'from sdk import set_metadata, get_metadata\nset_metadata({"answer": 42})\nassert get_metadata() == {"answer": 42}',
    files: {
      'main.py': 'from lib.greet import greet\nprint(greet("files"))',
      'lib/greet.py': 'def greet(name): return "hello " + name',
    },
    failing: 'import os\nprint(os.environ["GREETING"])\nraise ValueError("oh no")',
  },
  node: {
    version: /^v2[46]\./,
    printVersion: 'console.log(process.version)',
    echo: JS_ECHO(
      `const args = process.argv.slice(2); const input = require('fs').readFileSync(0, 'utf8'); const exit = process.exit;`,
    ),
    metadata: `const { setMetadata, getMetadata } = require('./sdk.js'); setMetadata({ answer: 42 }); if (getMetadata().answer !== 42) throw 1;`,
    files: {
      'main.js': `import { greet } from './lib/greet.js'; console.log(greet('files'));`,
      'lib/greet.js': `export const greet = (name) => 'hello ' + name;`,
    },
    failing: `console.log(process.env.GREETING); throw new Error('oh no');`,
  },
  go: {
    version: /^go1\.27/,
    printVersion: 'package main\nimport ("fmt"; "runtime")\nfunc main() { fmt.Println(runtime.Version()) }',
    echo: `package main
import ("fmt"; "io"; "os")
func main() {
  for _, arg := range os.Args[1:] { fmt.Println("arg:" + arg) }
  input, _ := io.ReadAll(os.Stdin)
  fmt.Println("stdin:" + string(input))
  os.Exit(3)
}`,
    metadata:
      'package main\nimport "sdk"\nfunc main() { if err := sdk.SetMetadata(map[string]any{"answer": 42}); err != nil { panic(err) } }',
    files: {
      'main.go': 'package main\nimport ("fmt"; "example.com/app/lib")\nfunc main() { fmt.Println(lib.Greet("files")) }',
      'lib/greet.go': 'package lib\nfunc Greet(name string) string { return "hello " + name }',
      'go.mod': 'module example.com/app\n\ngo 1.22\n',
    },
    failing: 'package main\nimport ("fmt"; "os")\nfunc main() { fmt.Println(os.Getenv("GREETING")); panic("oh no") }',
  },
  rust: {
    version: /^rustc 1\.96/,
    printVersion: '',
    echo: `use std::io::Read;
fn main() {
    for arg in std::env::args().skip(1) { println!("arg:{arg}"); }
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    println!("stdin:{input}");
    std::process::exit(3);
}`,
    metadata:
      'use sdk::{set_metadata, get_metadata, Json};\nfn main() { set_metadata(Json::object([("answer", 42.into())])).unwrap(); assert!(get_metadata().is_some()); }',
    files: {
      'main.rs': 'mod greet;\nfn main() { println!("{}", greet::greet("files")); }',
      'greet.rs': 'pub fn greet(name: &str) -> String { format!("hello {name}") }',
    },
    failing: 'fn main() { println!("{}", std::env::var("GREETING").unwrap()); panic!("oh no"); }',
  },
  deno: {
    version: /^2\.9\./,
    printVersion: 'console.log(Deno.version.deno)',
    echo: JS_ECHO(
      `const args: string[] = Deno.args; const input = await new Response(Deno.stdin.readable).text(); const exit = Deno.exit;`,
    ),
    metadata: `import { setMetadata } from './sdk.ts'; setMetadata({ answer: 42 });`,
    files: {
      'main.ts': `import { greet } from './lib/greet.ts'; console.log(greet('files'));`,
      'lib/greet.ts': `export const greet = (name: string): string => 'hello ' + name;`,
    },
    failing: `console.log(Deno.env.get('GREETING')); throw new Error('oh no');`,
  },
  bun: {
    version: /^1\.4\./,
    printVersion: 'console.log(Bun.version)',
    echo: JS_ECHO(
      `const args: string[] = process.argv.slice(2); const input = await Bun.stdin.text(); const exit = process.exit;`,
    ),
    metadata: `import { setMetadata } from './sdk.ts'; setMetadata({ answer: 42 });`,
    files: {
      'main.ts': `import { greet } from './lib/greet.ts'; console.log(greet('files'));`,
      'lib/greet.ts': `export const greet = (name: string): string => 'hello ' + name;`,
    },
    failing: `console.log(process.env.GREETING); throw new Error('oh no');`,
  },
};
const AWKWARD_ARGS = ['', 'a b', '$(id)', '"quoted"', "it's", 'naïve 日本', '--help', '*'];

describe('every runtime', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service.stop());

  for (const [image, dialect] of Object.entries(DIALECTS)) {
    const run = (body: RunBody) => service.run({ image, ...body });

    test(`${image}: arguments and input arrive byte for byte, the exit code comes back`, async () => {
      const answer = await run({ code: dialect.echo, args: AWKWARD_ARGS, stdin: 'line 1\nline 2 ünï' });
      assert.deepEqual(answer.stdout.split('\n'), [
        ...AWKWARD_ARGS.map((arg) => `arg:${arg}`),
        'stdin:line 1',
        'line 2 ünï',
        '',
      ]);
      assert.equal(answer.stderr, '');
      assert.equal(answer.status, 'completed');
      assert.equal(answer.exit_code, 3);
    });

    test(`${image}: several files`, async () => {
      const answer = await run({ files: dialect.files });
      assert.equal(answer.stderr, '');
      assert.equal(answer.stdout, 'hello files\n');
    });

    test(`${image}: environment in, uncaught error out`, async () => {
      const answer = await run({ code: dialect.failing, environment: { GREETING: 'hi = there' } });
      assert.equal(answer.stdout, 'hi = there\n');
      assert.match(answer.stderr, /oh no/);
      assert.notEqual(answer.exit_code, 0);
    });

    if (dialect.printVersion !== '')
      test(`${image}: version`, async () => {
        assert.match((await run({ code: dialect.printVersion })).stdout, dialect.version);
      });

    test(`${image}: the sdk sets metadata`, async () => {
      const answer = await run({ code: dialect.metadata });
      assert.equal(answer.stderr, '');
      assert.deepEqual(answer.metadata, { answer: 42 });
    });
  }

  test('the manifests have the versions', async () => {
    const { body } = await service.get('/runtimes');
    const versions = Object.fromEntries(
      (body as { images: { id: string; version: string }[] }).images.map(({ id, version }) => [id, version]),
    );
    assert.deepEqual(versions, {
      'code-runner-bun': '1.4',
      'code-runner-deno': '2.9',
      'code-runner-go': '1.27',
      'code-runner-node': '26',
      'code-runner-python': '3.13',
      'code-runner-rust': '1.96',
    });
  });

  test('rust: version, sdk, and a Cargo package', async () => {
    const version = await service.run({ image: 'rust', entrypoint: 'rustc --version' });
    assert.match(version.stdout, /^rustc 1\.96/);
    const cargo = await service.run({
      image: 'rust',
      files: {
        'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
        'src/main.rs': 'mod lib2;\nfn main() { println!("{}", lib2::answer()); }',
        'src/lib2.rs': 'pub fn answer() -> i32 { 42 }',
        'main.rs': '',
      },
    });
    assert.equal(cargo.stdout, '42\n', cargo.stderr);
  });

  for (const [image, code, message] of [
    ['go', 'package main\nfunc main() { undefined() }', /main\.go:2:\d+: undefined: undefined/],
    ['rust', 'fn main() { undefined(); }', /main\.rs:1:13/],
  ] as const) {
    test(`${image}: a compile error is compile_failed, with the compiler's output and exit code`, async () => {
      const answer = await service.run({ image, code });
      assert.equal(answer.status, 'compile_failed');
      assert.equal(answer.exit_code, 1);
      assert.match(answer.stderr, message);
      assert.equal(answer.compile?.status, 'completed');
      assert.equal(answer.compile?.exit_code, 1);
      assert.equal(answer.compile?.cached, false);
      assert.match(answer.compile?.stderr ?? '', message);
    });
  }

  test('node: CommonJS, ES modules and TypeScript', async () => {
    const esm = await service.run({
      image: 'node',
      code: `import os from 'node:os'; console.log(typeof os.cpus, typeof require);`,
    });
    assert.equal(esm.stdout, 'function undefined\n');
    const cjs = await service.run({ image: 'node', code: `console.log(typeof require('os').cpus, typeof module);` });
    assert.equal(cjs.stdout, 'function object\n');
    const ts = await service.run({
      image: 'node',
      files: { 'main.ts': 'const n: number = 1; console.log(n);' },
      entrypoint: 'node main.ts',
    });
    assert.equal(ts.stdout, '1\n');
    assert.equal(esm.stderr + cjs.stderr + ts.stderr, '');
  });
});
