import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { compileErrorOf, errorOf } from '../../src/core/find-error.ts';
import type { ErrorFormats } from '../../src/core/program-error.ts';
import type { Fate } from '../../src/core/result.ts';
import { loadRuntimes } from '../../src/runtimes/registry.ts';
import { execution, MEBIBYTE } from '../fixtures.ts';

/** The formats of the included runtimes, applied to output that these runtimes really printed. */

const RUNTIMES = loadRuntimes('runtimes', undefined);
const REPORTS = 'test/runtimes/reports/';

/** Type, message, file, line and column; null if nothing can be told. */
type Expected = readonly [string, string, string | null, number | null, number | null] | null;

/** What programs printed. */
const RUN: Record<string, Expected> = {
  'bun-lib': ['TypeError', "null is not an object (evaluating 'null.x')", 'lib/a.ts', 2, 3],
  'bun-missing': ['Error', "Cannot find module './nothing.ts' from '/workspace/main.ts'", 'main.ts', null, null],
  'bun-multi': ['Error', 'one\ntwo', 'main.ts', 1, 11],
  'bun-raise': ['Error', 'oh no', 'main.ts', 2, 13],
  'bun-string': ['Error', 'a string', null, null, null],
  'bun-syntax': ['SyntaxError', 'Unexpected ;', 'main.ts', 2, 9],
  'bun-system': ['ENOENT', "no such file or directory, open '/nothing'", 'main.ts', 1, 15],
  'bun-type': ['TypeError', "undefined is not an object (evaluating '(void 0).y')", 'main.ts', 1, 16],
  'deno-cause': ['Error', 'outer', 'main.ts', 1, 7],
  'deno-missing': ['Error', 'Module not found "file:///workspace/nothing.ts".', 'main.ts', 1, 8],
  'deno-printed': ['TypeError', "Cannot read properties of null (reading 'x')", 'main.ts', 1, 12],
  'deno-raise': ['TypeError', 'oh no', 'main.ts', 2, 9],
  'deno-string': ['Uncaught', '"a string"', null, null, null],
  'deno-syntax': ['SyntaxError', 'Expression expected', 'main.ts', 2, 9],
  'deno-system': ['NotFound', "No such file or directory (os error 2): readfile '/nothing'", 'main.ts', 1, 6],
  'go-deadlock': ['fatal error', 'all goroutines are asleep - deadlock!', 'main.go', 4, null],
  'go-logfatal': null,
  'go-nil': ['runtime error', 'invalid memory address or nil pointer dereference', 'main.go', 4, null],
  'go-raise': ['panic', 'oh no', 'main.go', 4, null],
  'go-stdlib': ['panic', 'strings: negative Repeat count', 'main.go', 4, null],
  'node-assert': ['AssertionError', 'Expected values to be strictly equal:\n\n1 !== 2', 'main.js', 1, 19],
  'node-cause': ['Error', 'outer', 'main.js', 1, 1],
  'node-esm': ['RangeError', 'big', 'main.js', 2, 7],
  'node-esmmissing': [
    'Error',
    "Cannot find module '/workspace/nothing.js' imported from /workspace/main.js",
    null,
    null,
    null,
  ],
  'node-missing': ['Error', "Cannot find module './nothing.js'\nRequire stack:\n- /workspace/main.js", 'main.js', 1, 1],
  'node-multi': ['Error', 'one\ntwo', 'main.js', 1, 1],
  'node-printed': ['TypeError', "Cannot read properties of null (reading 'x')", 'main.js', 1, 12],
  'node-promise': ['Error', 'later', 'main.js', 1, 37],
  'node-raise': ['TypeError', 'oh no', 'main.js', 2, 3],
  'node-rejectstring': [
    'UnhandledPromiseRejection',
    'This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "no".',
    null,
    null,
    null,
  ],
  'node-string': ['Uncaught', 'a string', 'main.js', 1, 1],
  'node-syntax': ['SyntaxError', "Unexpected token ';'", 'main.js', 2, 9],
  'node-system': ['Error', "ENOENT: no such file or directory, open '/nothing'", 'main.js', 1, 15],
  'node-tssyntax': ['SyntaxError', 'Expression expected', 'main.ts', 1, 19],
  'python-chained': ['RuntimeError', 'no k', 'main.py', 6, null],
  'python-deep': ['RecursionError', 'maximum recursion depth exceeded', 'main.py', 1, null],
  'python-exit': null,
  'python-group': ['ExceptionGroup', 'many (2 sub-exceptions)', 'main.py', 1, null],
  'python-module': ['SyntaxError', "'(' was never closed", 'lib/a.py', 1, null],
  'python-multi': ['ValueError', 'one\ntwo', 'main.py', 1, null],
  'python-raise': ['ValueError', 'oh no', 'main.py', 2, null],
  'python-stdlib': [
    'json.decoder.JSONDecodeError',
    'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
    'main.py',
    2,
    null,
  ],
  'python-syntax': ['SyntaxError', 'invalid syntax. Perhaps you forgot a comma?', 'main.py', 2, null],
  'rust-assert': ['panic', 'assertion `left == right` failed: numbers\n  left: 1\n right: 2', 'main.rs', 1, 13],
  'rust-overflow': ['fatal runtime error', 'stack overflow, aborting', null, null, null],
  'rust-raise': ['panic', 'oh no', 'main.rs', 2, 5],
  'rust-result': ['Error', 'ParseIntError { kind: InvalidDigit }', null, null, null],
  'rust-thread': ['panic', 'called `Result::unwrap()` on an `Err` value: Any { .. }', 'main.rs', 2, 50],
};

/** What compilers printed. */
const COMPILE: Record<string, Expected> = {
  'go-missing': [
    'compile error',
    'no required module provides package example.com/nothing; to add it:',
    'main.go',
    2,
    8,
  ],
  'go-nopackage': ['compile error', "expected 'package', found fnc", 'main.go', 1, 1],
  'go-syntax': ['syntax error', 'unexpected }, expected expression', 'main.go', 4, 1],
  'go-undefined': ['compile error', 'undefined: x', 'main.go', 3, 10],
  'rust-cargo': ['E0425', 'cannot find value `y` in this scope', 'src/m.rs', 2, 5],
  'rust-syntax': ['error', 'expected expression, found `;`', 'main.rs', 2, 13],
  'rust-types': ['E0308', 'mismatched types', 'main.rs', 2, 18],
};

function report(name: string): Buffer {
  return readFileSync(`${REPORTS}${name}.txt`);
}

function formatsOf(name: string): ErrorFormats {
  return RUNTIMES.resolve(name.split('-')[0] ?? '').manifest.errors;
}

function failed(stderr: string | Uint8Array, fate: Fate = { status: 'completed', exitCode: 1 }) {
  return execution({ fate, stderr });
}

function errorIn(name: string, stderr: string | Uint8Array = report(name)) {
  return errorOf(failed(stderr), formatsOf(name).run);
}

describe('errors in recorded output', () => {
  for (const [name, expected] of Object.entries(RUN)) {
    test(name, () => {
      const error = errorIn(name);
      assert.deepEqual(error && [error.type, error.message, error.file, error.line, error.column], expected);
      assert.ok(error === null || error.traceback !== null);
    });
  }

  for (const [name, expected] of Object.entries(COMPILE)) {
    test(name, () => {
      const error = compileErrorOf(failed(report(name)), formatsOf(name));
      assert.deepEqual(error && [error.type, error.message, error.file, error.line, error.column], expected);
      assert.equal(error?.traceback, null);
    });
  }

  test('every recorded output has an expectation', () => {
    const recorded = readdirSync(REPORTS).map((file) => file.replace('.txt', ''));
    assert.deepEqual(recorded.sort(), [...Object.keys(RUN), ...Object.keys(COMPILE)].sort());
  });
});

test('the traceback is the report, without colours and without what was printed before and after it', () => {
  const trace = report('python-raise').toString();
  assert.equal(errorIn('python', `before\n${trace}`)?.traceback, trace.trimEnd());
  const panic = report('go-raise').toString();
  assert.equal(errorIn('go', `before\n${panic}exit status 2\n`)?.traceback, panic.trimEnd());
  assert.match(
    errorIn('deno-raise')?.traceback ?? '',
    /^error: Uncaught .*\n {4}at file:\/\/\/workspace\/main.ts:4:1$/s,
  );
});

test('a long traceback loses its middle, a long message its end', () => {
  const frames = '  File "/workspace/main.py", line 7, in f\n    f()\n'.repeat(1500);
  const error = errorIn('python', `Traceback (most recent call last):\n${frames}ValueError: ${'é'.repeat(9000)}`);
  assert.equal(error?.line, 7);
  assert.ok(error.traceback !== null && error.traceback.length < 17_000);
  assert.match(error.traceback, /^Traceback.*\n…\n.*é$/s);
  assert.ok(error.message.length <= 4096);
});

test('of several reports the last one counts: the earlier ones were printed and survived', () => {
  const printed = report('python-stdlib').toString() + report('python-raise');
  assert.deepEqual(errorIn('python', printed)?.type, 'ValueError');
  assert.deepEqual(errorIn('node', report('node-printed').toString() + report('node-raise'))?.message, 'oh no');
});

test('a program that succeeded or was ended at a limit has no error, whatever it printed', () => {
  const fates: Fate[] = [
    { status: 'completed', exitCode: 0 },
    { status: 'timed_out' },
    { status: 'out_of_memory' },
    { status: 'output_limit_exceeded' },
  ];
  for (const fate of fates) {
    assert.equal(errorOf(failed(report('python-raise'), fate), formatsOf('python').run), null);
  }
  const crashed = failed(report('rust-overflow'), { status: 'signaled', signal: 6 });
  assert.equal(errorOf(crashed, formatsOf('rust').run)?.type, 'fatal runtime error');
});

test('places outside the working directory are not named', () => {
  for (const file of [
    '/usr/lib/python3.13/x.py',
    '<string>',
    '/workspace/node_modules/a/b.js',
    '../up.py',
    '/workspace/',
  ]) {
    const error = errorIn('python', `Traceback (most recent call last):\n  File "${file}", line 1\nValueError: no`);
    assert.deepEqual([error?.type, error?.file, error?.line], ['ValueError', null, null], file);
  }
});

test('paths in file URLs are decoded', () => {
  const at = (path: string) =>
    errorIn('deno', `error: Uncaught Error: no\n    at file:///workspace/${path}:1:2\n`)?.file;
  assert.equal(at('a%20b/%C3%A9.ts'), 'a b/é.ts');
  assert.equal(at('100%.ts'), '100%.ts');
});

test('output that is cut or not UTF-8', () => {
  for (const name of Object.keys(RUN)) {
    const whole = report(name);
    for (let length = 0; length < whole.length; length += 7) errorIn(name, whole.subarray(0, length));
  }
  const broken = Buffer.concat([Buffer.from([0xff, 0xfe, 0x80, 10]), report('python-raise')]);
  assert.equal(errorIn('python', broken)?.type, 'ValueError');
});

/** Lines that begin like a report, come close to one, or make a pattern try many ways to match. */
const HOSTILE = [
  '',
  ' ',
  ':',
  'a:',
  'a.',
  '/',
  '/a:1:1',
  ' at (',
  '    at a (/workspace/a:1:',
  '    at /workspace/a:1:1',
  '  File "',
  '  File "/workspace/a", line 1',
  'Traceback (most recent call last):',
  '/workspace/main.js:1',
  'Error: a',
  'error: ',
  "error: from '/",
  'error: Uncaught (in promise) ',
  'panic: ',
  'panic: runtime error: ',
  "thread '",
  "thread '' panicked at ",
  ' --> ',
  '\u001b[',
  '\u001b[0m',
];

test('a mebibyte of hostile output costs little time, in every format', () => {
  const shapes = HOSTILE.flatMap((text) => [`${text}\n`, text || '\n', `${text}\r\n${text}${text}\n`]);
  for (const { id, manifest } of RUNTIMES.all) {
    for (const shape of shapes) {
      const stderr = shape.repeat(Math.ceil(MEBIBYTE / shape.length));
      const begun = performance.now();
      errorOf(failed(stderr), manifest.errors.run);
      compileErrorOf(failed(stderr), manifest.errors);
      const tookMs = performance.now() - begun;
      // Usually less than 20 ms. A pattern that backtracks takes minutes.
      assert.ok(tookMs < 2000, `${id}: ${JSON.stringify(shape)} took ${tookMs} ms`);
    }
  }
});
