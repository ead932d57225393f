import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invalidField, RunnerError } from '../../src/core/errors.ts';
import { type HarnessOptions, harness, post, problemOf } from './harness.ts';

interface Body {
  readonly ok: boolean;
  readonly problems: { file: string | null; line: number | null; severity: string; code: string; message: string }[];
}

async function diagnosed(body: unknown, options: HarnessOptions = {}) {
  const used = harness(options);
  const response = await used.app.request('/diagnose', post(body));
  assert.equal(response.status, 200);
  return { ...((await response.json()) as Body), ...used };
}

test('a program without problems', async () => {
  const { ok, problems, diagnosed: requests, calls, outcomes } = await diagnosed({ code: 'print(1)', timeout: 2 });
  assert.deepEqual([ok, problems], [true, []]);
  assert.equal(requests[0]?.limits.timeoutMs, 2000);
  assert.deepEqual([calls, outcomes], [[], []], 'nothing runs, and no run is recorded');
});

test('problems of the files are reported as they are; warnings leave a program ok', async () => {
  const warning = {
    file: null,
    line: null,
    column: null,
    severity: 'warning',
    code: 'not_checked',
    message: 'no',
  } as const;
  const error = { file: 'a.py', line: 2, column: 3, severity: 'error', code: 'syntax_error', message: 'bad' } as const;
  const diagnose = (problems: readonly (typeof warning | typeof error)[]) => async () => ({
    runtime: 'python',
    violations: [],
    problems,
  });
  assert.deepEqual((await diagnosed({ code: 'x' }, { diagnose: diagnose([warning]) })).ok, true);
  const { ok, problems } = await diagnosed({ code: 'x' }, { diagnose: diagnose([warning, error]) });
  assert.deepEqual([ok, problems], [false, [warning, error]]);
});

test('what a run would refuse is a problem: shape, limits, paths, sizes, main file, runtime', async () => {
  const cases: [Record<string, unknown>, HarnessOptions, string, RegExp][] = [
    [{ code: 1 }, {}, 'invalid_request', /^\/code: /],
    [[] as never, {}, 'invalid_request', /^The body: /],
    [{ code: 'x', timout: 1 }, {}, 'invalid_request', /^\/timout: unknown field: did you mean timeout\?/],
    [{ code: 'x', timeout: 1e9 }, {}, 'invalid_request', /^\/timeout: /],
    [{ code: 'x', timeout: 0 }, {}, 'invalid_request', /^\/timeout: /],
    [{ code: 'x'.repeat(2 * 1024 ** 2) }, {}, 'payload_too_large', /^\/code: /],
    [
      { code: 'x' },
      { diagnose: async () => Promise.reject(new RunnerError('unknown_runtime', 'There is no such runtime.')) },
      'unknown_runtime',
      /no such runtime/,
    ],
    [
      {},
      { diagnose: async () => Promise.reject(invalidField(['code'], 'Looked in {files}', 'no_program')) },
      'invalid_request',
      /^\/code: Looked in files$/,
    ],
  ];
  for (const [body, options, code, message] of cases) {
    const { ok, problems } = await diagnosed(body, options);
    assert.deepEqual([ok, problems.length, problems[0]?.severity, problems[0]?.code], [false, 1, 'error', code]);
    assert.match(problems[0]?.message ?? '', message);
  }
});

test('a problem with a path names the file', async () => {
  const { problems, diagnosed: requests } = await diagnosed({ code: 'x', files: { '../up.py': 'x', 'ok.py': 'y' } });
  assert.deepEqual(
    problems.map(({ file }) => file),
    ['../up.py'],
  );
  assert.deepEqual(requests, [], 'nothing reaches the engine');
});

test('several problems of a request are reported together', async () => {
  const { problems } = await diagnosed({ code: 1, timeout: 0, unknown_field: 2 });
  assert.ok(problems.length >= 3);
});

test('a body that cannot be parsed, and errors of the service, are HTTP errors', async () => {
  const { app } = harness();
  assert.equal((await problemOf(await app.request('/diagnose', post('{')))).code, 'malformed_json');
  const text = { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } };
  assert.equal((await problemOf(await app.request('/diagnose', text))).code, 'unsupported_media_type');
  const full = harness({
    diagnose: async () => Promise.reject(new RunnerError('over_capacity', 'full', { retryAfterMs: 1500 })),
  });
  const response = await full.app.request('/diagnose', post({ code: 'x' }));
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '2']);
});

test('it requires credentials, and names its tenant and what it found to the observer', async () => {
  const credentials = { apiKeys: ['secret'], token: undefined };
  const { app, diagnoses } = harness({ credentials });
  assert.equal((await app.request('/diagnose', post({ code: 'x' }))).status, 401);
  const answer = await app.request('/diagnose', post({ code: 1 }, { 'x-api-key': 'secret', 'x-tenant': 'jane' }));
  assert.equal(answer.status, 200);
  const [refused, made] = diagnoses;
  assert.equal(refused?.error instanceof RunnerError && refused.error.code, 'unauthorized');
  assert.deepEqual([made?.problems, made?.error], [1, undefined]);
  assert.match(made?.tenant ?? '', /^[^/]+\/[0-9a-f]{32}$/);
  assert.equal(
    (await app.request('/diagnose', post({ code: 'x' }, { 'x-api-key': 'secret', 'x-tenant': '' }))).status,
    422,
  );
});
