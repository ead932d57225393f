// @both-isolations
// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunBody, Service } from './service.ts';

interface Diagnosis {
  readonly ok: boolean;
  readonly problems: readonly {
    readonly file: string | null;
    readonly line: number | null;
    readonly column: number | null;
    readonly severity: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** Code, file, line and column of a problem. */
type Place = readonly [code: string, file: string, line: number, column: number];

interface Dialect {
  /** A program of several files without problems that would fail or print if anything of it were executed. */
  readonly clean: Record<string, string>;
  /** Two files with a syntax error each. */
  readonly broken: Record<string, string>;
  readonly errors: readonly Place[];
  /** Imports of local files, one of which is missing. */
  readonly importing: Record<string, string>;
  readonly missing: readonly Place[];
}

const DIALECTS: Record<string, Dialect> = {
  python: {
    clean: {
      'main.py': 'import os, lib.a, not_installed\nfrom lib import a as b\nos.kill(os.getppid(), 9)',
      'lib/a.py': 'raise SystemExit(3)',
    },
    broken: { 'main.py': 'x = 1\nprint("a" "b" c)\n', 'lib/a.py': 'def f():\nreturn 1\n' },
    errors: [
      ['syntax_error', 'lib/a.py', 2, 1],
      ['syntax_error', 'main.py', 2, 7],
    ],
    importing: {
      'main.py': 'import lib.a\nimport lib.b\nfrom sdk import set_metadata',
      'lib/a.py': 'from .c import d',
    },
    missing: [
      ['missing_import', 'lib/a.py', 1, 1],
      ['missing_import', 'main.py', 2, 1],
    ],
  },
  node: {
    clean: {
      'main.js': 'const a = require("./lib/a"); require("not-installed"); process.kill(1);',
      'lib/a.js': 'throw 1;',
      'b.mjs': '#!/usr/bin/env node\nimport x from "./lib/c.ts"; await x; throw 1;',
      'lib/c.ts': 'const a: number = 1;\nexport default a;',
    },
    broken: { 'main.js': 'const a = 1;\nlet b = ;\n', 'lib/a.ts': 'const a: number = ;\n' },
    errors: [
      ['syntax_error', 'lib/a.ts', 1, 19],
      ['syntax_error', 'main.js', 2, 9],
    ],
    importing: {
      'main.mjs': 'import a from "./lib/a.mjs";\nimport {\n  b,\n} from "./lib/b.mjs";\nexport * from "./lib/c.mjs";\n',
      'lib/a.mjs': '',
    },
    missing: [
      ['missing_import', 'main.mjs', 4, 9],
      ['missing_import', 'main.mjs', 5, 16],
    ],
  },
  deno: {
    clean: {
      'main.ts':
        'import x from "./lib/a.ts";\nimport y from "npm:not-there";\nimport z from "https://example.com/z.ts";\nDeno.exit(3);   \n',
      'lib/a.ts': 'export  default 1;throw 1',
    },
    broken: { 'main.ts': 'const a = 1;\nlet b = ;\n', 'lib/a.ts': 'let c = (;\n' },
    errors: [
      ['syntax_error', 'lib/a.ts', 1, 10],
      ['syntax_error', 'main.ts', 2, 9],
    ],
    importing: { 'main.ts': 'import a from "./a.ts";\nimport b from "../b.ts";\nimport "./sdk.ts";', 'a.ts': '' },
    missing: [['missing_import', 'main.ts', 2, 16]],
  },
  bun: {
    clean: {
      'main.tsx': 'import x from "./lib/a";\nimport y from "not-installed";\nprocess.exit(3); <a>b</a>;',
      'lib/a.ts': 'throw 1',
    },
    broken: { 'main.ts': 'const a = 1;\nlet b = ;\n', 'lib/a.ts': 'let c = (;\n' },
    errors: [
      ['syntax_error', 'lib/a.ts', 1, 10],
      ['syntax_error', 'main.ts', 2, 9],
    ],
    importing: { 'main.ts': 'import a from "./a";\nimport b from "./b";', 'a/index.ts': '' },
    missing: [['missing_import', 'main.ts', 2, 16]],
  },
  go: {
    clean: {
      'main.go': 'package main\nimport "example.com/not/there"\nfunc main()  { panic(there.X + undefined) }',
      'go.mod': 'module a\n',
    },
    broken: { 'main.go': 'package main\nfunc main() {\n\tx := (1\n}\n', 'lib/a.go': 'fnc f() {}\n' },
    errors: [
      ['syntax_error', 'lib/a.go', 1, 1],
      ['syntax_error', 'main.go', 3, 9],
    ],
    importing: {
      'main.go': 'package main\nimport (\n\t"a/lib"\n\t"a/gone"\n)\nfunc main() { lib.F(); gone.F() }',
      'lib/lib.go': 'package lib\nfunc F() {}',
      'go.mod': 'module a\n',
    },
    missing: [['missing_import', 'main.go', 4, 3]],
  },
  rust: {
    clean: {
      'main.rs': 'mod a;\nuse not::there;\nfn main() { panic!("{}", undefined) }',
      'a.rs': 'pub mod b;',
      'a/b.rs': 'include!("/etc/passwd");',
    },
    broken: { 'main.rs': 'fn main() {\n    let x = ;\n}\n', 'a.rs': 'pub fn f( {}\n' },
    errors: [
      ['syntax_error', 'a.rs', 1, 14],
      ['syntax_error', 'main.rs', 2, 13],
    ],
    importing: { 'main.rs': 'mod a;\npub mod c;\nmod inline {}\nfn main() {}', 'a/mod.rs': '' },
    missing: [['missing_import', 'main.rs', 2, 9]],
  },
};

/** What tries to run when a program is checked. Each would leave a trace: an error, or a check that does not end. */
const HOSTILE: Record<string, [RunBody, files: Record<string, string>]> = {
  'Python decorators and default arguments': [
    { image: 'python' },
    {
      'main.py':
        'while_forever = iter(int, 1)\n@print\n@(lambda f: list(while_forever))\ndef f(x=list(while_forever)): pass\n',
    },
  ],
  'Python modules that shadow those of the check, and site hooks': [
    { image: 'python', environment: { PYTHONPATH: '/workspace', PYTHONSTARTUP: '/workspace/ast.py' } },
    Object.fromEntries(
      ['main.py', 'ast.py', 'os.py', 'warnings.py', 'sitecustomize.py', 'usercustomize.py', 'encodings.py'].map(
        (name) => [name, 'while True: pass\n'],
      ),
    ),
  ],
  'Node.js options in the environment': [
    { image: 'node', environment: { NODE_OPTIONS: '--require=/workspace/hook.js' } },
    {
      'main.js': '1',
      'hook.js': 'for (;;);',
      'package.json': '{"scripts": {"start": "sleep 60", "preinstall": "sleep 60"}}',
    },
  ],
  'a Node.js module that exits as a whole': [
    { image: 'node' },
    { 'main.mjs': 'await new Promise((r) => setTimeout(r, 60000)); export {};' },
  ],
  'Deno configuration': [
    { image: 'deno' },
    {
      'main.ts': '1;',
      'deno.json': '{"fmt": {"exclude": ["**"]}, "lint": {"plugins": ["./hook.ts"]}, "tasks": {"fmt": "sleep 60"}}',
      'hook.ts': 'while (true);',
    },
  ],
  'Bun macros, preloads and options': [
    { image: 'bun', environment: { BUN_OPTIONS: '--preload=/workspace/hook.ts' } },
    {
      'main.ts': 'import { m } from "./hook.ts" with { type: "macro" };\nconsole.log(m());\n',
      'hook.ts': 'export function m() { for (;;); }\nfor (;;);\n',
      'bunfig.toml': 'preload = ["./hook.ts"]\n',
      '.env': 'BUN_OPTIONS=--preload=/workspace/hook.ts\n',
    },
  ],
  'Go directives': [
    { image: 'go', environment: { GOFLAGS: '-toolexec=/workspace/hook.sh' } },
    {
      'main.go': 'package main\n\n//go:generate sleep 60\nfunc init() { for {} }\nfunc main() {}\n',
      'hook.sh': '#!/bin/sh\nsleep 60\n',
    },
  ],
  'Rust build scripts, procedural macros and includes': [
    { image: 'rust', environment: { RUSTC_WRAPPER: '/workspace/hook.sh' } },
    {
      'Cargo.toml': '[package]\nname = "a"\nversion = "0.1.0"\nbuild = "build.rs"\n[lib]\nproc-macro = true\n',
      'build.rs': 'fn main() { loop {} }',
      'src/main.rs':
        '#[derive(Evil)] struct A;\nconst N: u64 = { let mut i = 0u64; while i < u64::MAX { i += 1 } i };\nfn main() { include!("/dev/zero"); }\n',
      'hook.sh': '#!/bin/sh\nsleep 60\n',
      'rust-toolchain.toml': '[toolchain]\npath = "/workspace"\n',
    },
  ],
};

describe('POST /diagnose', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service.stop());

  async function diagnose(body: RunBody): Promise<Diagnosis> {
    const response = await fetch(`${service.url}/diagnose`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as Diagnosis;
  }

  const placesIn = ({ problems }: Diagnosis) =>
    problems.map(({ code, file, line, column }) => [code, file, line, column]);

  for (const [image, dialect] of Object.entries(DIALECTS)) {
    test(`${image}: a program without problems`, async () => {
      assert.deepEqual(await diagnose({ image, files: dialect.clean }), { ok: true, problems: [] });
    });

    test(`${image}: syntax errors in two files`, async () => {
      const diagnosis = await diagnose({ image, files: dialect.broken });
      assert.equal(diagnosis.ok, false);
      // A parser may report more errors that follow from one.
      for (const place of dialect.errors) {
        const found = placesIn(diagnosis).some((other) => JSON.stringify(other) === JSON.stringify(place));
        assert.ok(found, JSON.stringify(diagnosis.problems));
      }
      assert.ok(
        diagnosis.problems.every(
          ({ code, severity, message }) => code === 'syntax_error' && severity === 'error' && message,
        ),
      );
    });

    test(`${image}: an import of a file that is not there`, async () => {
      const diagnosis = await diagnose({ image, files: dialect.importing });
      assert.deepEqual(
        placesIn(diagnosis).filter(([code]) => code === 'missing_import'),
        dialect.missing,
      );
      assert.ok(diagnosis.problems.every(({ severity }) => severity === 'warning'));
    });
  }

  for (const [name, [body, files]] of Object.entries(HOSTILE)) {
    test(`nothing is executed: ${name}`, async () => {
      assert.deepEqual(await diagnose({ ...body, files }), { ok: true, problems: [] });
    });
  }

  test('a program without a main file is checked all the same', async () => {
    const { ok, problems } = await diagnose({ files: { 'one.py': 'x = (', 'two.py': '' } });
    assert.equal(ok, false);
    assert.deepEqual(problems.map(({ code }) => code).sort(), ['invalid_request', 'syntax_error']);
  });

  test('no run is spent: it is a diagnosis in the log and in the metrics', async () => {
    const response = await fetch(`${service.url}/diagnose`, {
      method: 'POST',
      body: JSON.stringify({ code: 'print(' }),
      headers: { 'content-type': 'application/json', 'x-request-id': 'diagnosed-request' },
    });
    assert.equal(response.status, 200);
    const line = await service.logLine('diagnosed-request');
    assert.match(line, /"msg":"diagnosis"/);
    assert.match(line, /"runtime":"python","total_ms":[\d.]+,"problems":1/);
    assert.equal(await service.metric('code_runner_runs_total{runtime="python",status="completed"}'), 0);
    assert.ok((await service.metric('code_runner_diagnoses_total{runtime="python",status="problems"}')) >= 1);
  });

  test('sources at the limit, and sources that no parser likes', async () => {
    const deep = '('.repeat(100_000);
    for (const image of Object.keys(DIALECTS)) {
      const { problems } = await diagnose({ image, code: deep });
      assert.ok(problems.length > 0, image);
    }
    const odd = {
      'main.py': '',
      'a\nb:1:2: x.py': 'x = (',
      '-c.py': 'x = (',
      'é.py': { content: '/w==', encoding: 'base64' },
    };
    const { problems } = await diagnose({ files: odd });
    assert.ok(problems.some(({ file }) => file === '-c.py'));
    assert.ok(problems.some(({ file }) => file === 'é.py'));
  });
});
