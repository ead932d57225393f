// @both-isolations
// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ProgramErrorAnswer, type RunBody, Service } from './service.ts';

/** A failing program, and what must be told about its error. */
type Case = readonly [RunBody, Omit<ProgramErrorAnswer, 'traceback'>];

const THROWING_JS = 'function f() {\n  throw new TypeError("oh no");\n}\nf();\n';

/** Errors of running programs, which have a traceback or consist of one line. */
const RUN: Record<string, Case> = {
  'Python exception in another file': [
    {
      image: 'python',
      files: { 'main.py': 'import lib.a', 'lib/a.py': 'def f():\n    raise ValueError("oh no")\nf()' },
    },
    { type: 'ValueError', message: 'oh no', file: 'lib/a.py', line: 2, column: null },
  ],
  'Python exception in the standard library': [
    { image: 'python', code: 'import json\njson.loads("{")' },
    {
      type: 'json.decoder.JSONDecodeError',
      message: 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
      file: 'main.py',
      line: 2,
      column: null,
    },
  ],
  'Python syntax error': [
    { image: 'python', code: 'x = 1\nprint(' },
    { type: 'SyntaxError', message: "'(' was never closed", file: 'main.py', line: 2, column: null },
  ],
  'Node.js exception': [
    { image: 'node', code: THROWING_JS },
    { type: 'TypeError', message: 'oh no', file: 'main.js', line: 2, column: 3 },
  ],
  'Node.js exception in an ES module in a folder': [
    { image: 'node', files: { 'main.mjs': 'import "./lib/a b.mjs";', 'lib/a b.mjs': THROWING_JS } },
    { type: 'TypeError', message: 'oh no', file: 'lib/a b.mjs', line: 2, column: 9 },
  ],
  'Node.js syntax error': [
    { image: 'node', code: 'const a = 1;\nlet b = ;\n' },
    { type: 'SyntaxError', message: "Unexpected token ';'", file: 'main.js', line: 2, column: 9 },
  ],
  'Deno exception': [
    { image: 'deno', code: THROWING_JS },
    { type: 'TypeError', message: 'oh no', file: 'main.ts', line: 2, column: 9 },
  ],
  'Deno syntax error': [
    { image: 'deno', code: 'const a = 1;\nlet b = ;\n' },
    { type: 'SyntaxError', message: 'Expression expected', file: 'main.ts', line: 2, column: 9 },
  ],
  'Bun exception': [
    { image: 'bun', code: THROWING_JS },
    { type: 'TypeError', message: 'oh no', file: 'main.ts', line: 2, column: 13 },
  ],
  'Bun syntax error': [
    { image: 'bun', code: 'const a = 1;\nlet b = ;\n' },
    { type: 'SyntaxError', message: 'Unexpected ;', file: 'main.ts', line: 2, column: 9 },
  ],
  'Go panic': [
    { image: 'go', code: 'package main\n\nfunc f() {\n\tpanic("oh no")\n}\n\nfunc main() {\n\tf()\n}\n' },
    { type: 'panic', message: 'oh no', file: 'main.go', line: 4, column: null },
  ],
  'Rust panic': [
    { image: 'rust', code: 'fn f() {\n    panic!("oh no");\n}\nfn main() {\n    f()\n}\n' },
    { type: 'panic', message: 'oh no', file: 'main.rs', line: 2, column: 5 },
  ],
};

const COMPILE: Record<string, Case> = {
  Go: [
    { image: 'go', code: 'package main\nfunc main() {\n\tprintln(x)\n}\n' },
    { type: 'compile error', message: 'undefined: x', file: 'main.go', line: 3, column: 10 },
  ],
  Rust: [
    { image: 'rust', files: { 'main.rs': 'mod m;\nfn main() {}', 'm.rs': 'pub fn f() -> i32 {\n    "a"\n}\n' } },
    { type: 'E0308', message: 'mismatched types', file: 'm.rs', line: 2, column: 5 },
  ],
};

describe('the error of a failed program', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service.stop());

  for (const [name, [body, expected]] of Object.entries(RUN)) {
    test(name, async () => {
      const { error } = await service.run(body);
      assert.ok(error?.traceback?.includes(expected.message));
      assert.deepEqual({ ...error, traceback: null }, { ...expected, traceback: null });
    });
  }

  for (const [name, [body, expected]] of Object.entries(COMPILE)) {
    test(`${name} compile error`, async () => {
      const { status, error } = await service.run(body);
      assert.equal(status, 'compile_failed');
      assert.deepEqual(error, { ...expected, traceback: null });
    });
  }

  test('a program that succeeded, timed out or only exited has none', async () => {
    const report = 'import sys, traceback\ntry: 1/0\nexcept ZeroDivisionError: traceback.print_exc()\n';
    for (const [end, status] of [
      ['', 'completed'],
      ['while True: pass', 'timed_out'],
    ]) {
      const answer = await service.run({ code: report + end, timeout: 1 });
      assert.match(answer.stderr, /ZeroDivisionError/);
      assert.deepEqual([answer.status, answer.error], [status, null]);
    }
    const quiet = await service.run({ code: 'import sys\nprint("sorry", file=sys.stderr)\nsys.exit(3)' });
    assert.deepEqual([quiet.exit_code, quiet.error], [3, null]);
  });

  test('in a judged run, every test has its own, and the run that of the first test that failed', async () => {
    const answer = await service.judge({
      code: 'n = int(input())\nprint(10 // n)',
      tests: [{ stdin: '1' }, { stdin: '0' }, { stdin: 'x' }],
    });
    const types = answer.tests.map(({ error }) => error && [error.type, error.line]);
    assert.deepEqual(types, [null, ['ZeroDivisionError', 2], ['ValueError', 1]]);
    assert.equal(answer.error?.type, 'ZeroDivisionError');
    const uncompiled = await service.judge({ image: 'go', code: 'package main', tests: [{}, {}] });
    assert.deepEqual([uncompiled.verdict, uncompiled.tests.map(({ error }) => error)], ['compile_error', [null, null]]);
  });
});
