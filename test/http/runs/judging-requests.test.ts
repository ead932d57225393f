import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../../src/core/limits.ts';
import type { TestSuite } from '../../../src/core/request.ts';
import { MEBIBYTE, POLICY } from '../../fixtures.ts';
import { accepted, refused } from '../harness.ts';

async function judging(fields: Record<string, unknown>): Promise<TestSuite> {
  const request = await accepted({ code: 'x', ...fields });
  assert.ok(request.judging);
  return request.judging;
}

test('a test inherits what it leaves out from the request', async () => {
  const { tests } = await judging({
    stdin: 'in',
    args: ['a'],
    timeout: 2,
    cpu_timeout: 1,
    tests: [
      {},
      { name: 'own', stdin: { content: 'AP8=', encoding: 'base64' }, args: [], timeout: 0.5, cpu_timeout: 0.25 },
      { expected_stdout: { content: '/w==', encoding: 'base64' }, name: null, stdin: '' },
    ],
  });
  const common = { name: undefined, args: ['a'], stdin: Buffer.from('in'), expected: undefined };
  assert.deepEqual(tests, [
    { ...common, timeoutMs: 2000, cpuTimeoutMs: 1000 },
    { ...common, name: 'own', stdin: Buffer.from([0, 255]), args: [], timeoutMs: 500, cpuTimeoutMs: 250 },
    { ...common, stdin: Buffer.alloc(0), expected: Buffer.from([255]), timeoutMs: 2000, cpuTimeoutMs: 1000 },
  ]);
});

test('the defaults: comparison by lines, and every test is run', async () => {
  const { tests, ...rest } = await judging({ tests: [{}] });
  assert.deepEqual(tests[0]?.timeoutMs, 30_000);
  assert.deepEqual(rest, {
    judge: { kind: 'comparison', comparison: { kind: 'lines' } },
    stopsOnFailure: false,
    responseBytes: 32 * MEBIBYTE,
  });
});

test('every comparison', async () => {
  for (const kind of ['lines', 'exact', 'tokens']) {
    assert.deepEqual((await judging({ tests: [{}], comparison: kind })).judge, {
      kind: 'comparison',
      comparison: { kind },
    });
  }
  const { judge, stopsOnFailure } = await judging({
    tests: [{}],
    comparison: { float: 1e-9 },
    stop_on_failure: true,
  });
  assert.deepEqual(judge, { kind: 'comparison', comparison: { kind: 'float', epsilon: 1e-9 } });
  assert.equal(stopsOnFailure, true);
});

test('a checker and an interactor have the default limits, no network, and the output limit of the judged program', async () => {
  for (const kind of ['checker', 'interactor'] as const) {
    const { judge } = await judging({
      tests: [{}],
      [kind]: { code: 'c', image: 'go' },
      output_limit: '2k',
      mem_limit: '1g',
      allow_network: true,
    });
    assert.deepEqual(judge, {
      kind,
      program: {
        runtime: 'go',
        code: 'c',
        files: [],
        entrypoint: undefined,
        args: ['input', 'output', 'expected'],
        stdin: Buffer.alloc(0),
        environment: {},
        limits: { ...defaultLimits(POLICY), outputBytes: 2048 },
        isolation: 'cell',
      },
    });
    const byDefault = (await judging({ tests: [{}], [kind]: { code: 'c' } })).judge;
    assert.ok(byDefault.kind === kind && byDefault.program.runtime === 'python');
  }
});

/** Fields to send in addition to `code`, the pointer of the error, and its message. */
const INVALID: [fields: Record<string, unknown>, pointer: string, message: RegExp][] = [
  [{ tests: [] }, '/tests', /empty/],
  [{ tests: {} }, '/tests', /array/],
  [{ tests: [1] }, '/tests/0', /object/],
  [{ tests: Array(101).fill({}) }, '/tests', /at most 100 items \(MAX_TESTS\)/],
  [{ tests: [{}, { expected: '' }] }, '/tests/1/expected', /unknown field/],
  [{ tests: [{ name: 'x'.repeat(256) }] }, '/tests/0/name', /255/],
  [{ tests: [{ name: '\ud800' }] }, '/tests/0/name', /surrogates/],
  [{ tests: [{ stdin: 1 }] }, '/tests/0/stdin', /text or/],
  [{ tests: [{ expected_stdout: 1 }] }, '/tests/0/expected_stdout', /text or/],
  [{ tests: [{ expected_stdout: { content: '*', encoding: 'base64' } }] }, '/tests/0/expected_stdout', /./],
  [{ tests: [{ args: ['a\0'] }] }, '/tests/0/args/0', /NUL/],
  [{ tests: [{ args: Array(1001).fill('') }] }, '/tests/0/args', /1000/],
  [{ tests: [{ args: Array(6).fill('x'.repeat(100_000)) }] }, '', /together/],
  [{ tests: [{ timeout: 0 }] }, '/tests/0/timeout', /more than 0/],
  [{ tests: [{ timeout: 301 }] }, '/tests/0/timeout', /MAX_TIMEOUT/],
  [{ tests: [{ cpu_timeout: -1 }] }, '/tests/0/cpu_timeout', /more than 0/],
  [{ tests: [{}], comparison: 'words' }, '/comparison', /must be lines/],
  [{ tests: [{}], comparison: { float: -1 } }, '/comparison/float', /negative/],
  [{ tests: [{}], comparison: { float: '1' } }, '/comparison', /must be lines/],
  [{ tests: [{}], comparison: { epsilon: 1 } }, '/comparison', /must be lines/],
  [{ tests: [{}], comparison: {} }, '/comparison', /must be lines/],
  [{ tests: [{}], stop_on_failure: 'yes' }, '/stop_on_failure', /boolean/],
  [{ tests: [{}], checker: {} }, '/checker/code', /string/],
  [{ tests: [{}], checker: { code: '' } }, '/checker/code', /./],
  [{ tests: [{}], checker: { code: 'c', files: {} } }, '/checker/files', /unknown field/],
  [{ tests: [{}], interactor: 'code' }, '/interactor', /object/],
  [{ comparison: 'exact' }, '/comparison', /requires tests/],
  [{ stop_on_failure: false }, '/stop_on_failure', /requires tests/],
  [{ checker: { code: 'c' } }, '/checker', /requires tests/],
  [{ interactor: { code: 'c' } }, '/interactor', /requires tests/],
  [{ tests: [{}], checker: { code: 'c' }, interactor: { code: 'c' } }, '/interactor', /combined with checker/],
  [{ tests: [{}], comparison: 'exact', checker: { code: 'c' } }, '/checker', /combined with comparison/],
  [{ tests: [{}], output_files: ['x'] }, '/output_files', /combined with tests/],
];

for (const [fields, pointer, message] of INVALID) {
  test(`422: ${JSON.stringify(fields).slice(0, 70)}`, async () => {
    const problem = await refused({ code: 'x', ...fields });
    assert.deepEqual([problem.status, problem.code], [422, 'invalid_request']);
    const [error] = problem.errors ?? [];
    assert.equal(error?.pointer, pointer);
    assert.match(error?.message ?? '', message);
  });
}

test('422: an epsilon that is too large for a number', async () => {
  const problem = await refused('{"code":"x","tests":[{}],"comparison":{"float":1e999}}');
  assert.equal(problem.errors?.[0]?.pointer, '/comparison');
});

test('413: all inputs together, all expected outputs together, and a checker as large as a program', async () => {
  const half = 'x'.repeat(9 * MEBIBYTE);
  const { stdin, expected } = { stdin: [{ stdin: half }, { stdin: half }], expected: [{ expected_stdout: half }] };
  for (const body of [
    { tests: stdin },
    { tests: [...expected, ...expected] },
    { tests: [{}], checker: { code: 'x'.repeat(MEBIBYTE + 1) } },
  ]) {
    const problem = await refused({ code: 'x', ...body });
    assert.deepEqual([problem.status, problem.code], [413, 'payload_too_large']);
  }
});

test("the request's own input serves a hundred tests and is counted and held once", async () => {
  const { tests } = await judging({ stdin: 'x'.repeat(9 * MEBIBYTE), tests: Array(100).fill({}) });
  assert.equal(new Set(tests.map(({ stdin }) => stdin)).size, 1);
});

test('a million invalid tests are refused quickly', { timeout: 10_000 }, async () => {
  const many = Array(10_000).fill(1);
  const bodies = [{ tests: Array(1_000_000).fill(1) }, { tests: Array(100).fill({ args: many }) }];
  for (const body of bodies) assert.ok(JSON.stringify(await refused({ code: 'x', ...body })).length < 20_000);
});
