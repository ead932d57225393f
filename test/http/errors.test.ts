import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { ERROR_CODES, type ErrorCode, invalidField, RunAborted, RunnerError } from '../../src/core/errors.ts';
import { harness, post, problemOf } from './harness.ts';

const STATUSES: Record<ErrorCode, number> = {
  malformed_json: 400,
  invalid_request: 422,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unauthorized: 401,
  forbidden: 403,
  unknown_runtime: 404,
  not_found: 404,
  runtime_not_ready: 503,
  over_capacity: 503,
  draining: 503,
  engine_unavailable: 503,
  build_failed: 400,
  internal: 500,
};

function failing(error: unknown) {
  return harness({
    run: async () => {
      throw error;
    },
  });
}

for (const code of ERROR_CODES) {
  test(`${code} is ${STATUSES[code]}`, async () => {
    const { app, errors } = failing(new RunnerError(code, 'What happened.', { cause: new Error('hidden cause') }));
    const response = await app.request('/run', post({ code: 'x' }));
    const body = await response.clone().text();
    const problem = await problemOf(response);
    assert.deepEqual([problem.status, problem.code, problem.detail], [STATUSES[code], code, 'What happened.']);
    assert.doesNotMatch(body, /hidden|stack|\.ts/);
    assert.equal(response.headers.get('retry-after'), null);
    assert.equal(response.headers.get('www-authenticate') !== null, STATUSES[code] === 401);
    assert.deepEqual(errors, [], 'it is in the log line of the run');
  });
}

test('a missing program is 400, as clients of the original API expect', async () => {
  const { app } = failing(invalidField(['code'], '{files} must hold main.py.', 'no_program'));
  const problem = await problemOf(await app.request('/run', post({})));
  assert.deepEqual([problem.status, problem.code], [400, 'invalid_request']);
  assert.equal(problem.detail, 'Either code or entrypoint must be provided. files must hold main.py.');
  assert.deepEqual(problem.errors, [{ pointer: '/code', message: 'files must hold main.py.' }]);
});

test('Retry-After is in whole seconds, rounded up', async () => {
  for (const [retryAfterMs, header] of [
    [1000, '1'],
    [1001, '2'],
    [59_999, '60'],
  ] as const) {
    const { app } = failing(new RunnerError('over_capacity', 'Later.', { retryAfterMs }));
    assert.equal((await app.request('/run', post({ code: 'x' }))).headers.get('retry-after'), header);
  }
});

test('an unexpected error is a 500 without details, and is logged once', async () => {
  for (const thrown of [new Error('secret detail'), new TypeError('x is not a function')]) {
    const { app, errors, outcomes } = failing(thrown);
    const response = await app.request('/run', post({ code: 'x' }));
    const body = await response.clone().text();
    assert.doesNotMatch(body, /secret|function/);
    assert.equal((await problemOf(response)).code, 'internal');
    await tick();
    const causes = outcomes.map(({ error }) => error instanceof RunnerError && error.cause);
    assert.deepEqual([errors, causes], [[], [thrown]]);
  }
});

test('a body that is not JSON is the client’s fault and not logged as an error', async () => {
  const { app, errors } = harness();
  assert.equal((await app.request('/run', post('{'))).status, 400);
  assert.deepEqual(errors, []);
});

test('a client that disconnected has its own status and no entry in the error log', async () => {
  const { app, errors, answered } = failing(new RunAborted('client-gone'));
  const response = await app.request('/run', post({ code: 'x' }));
  assert.deepEqual([response.status, await response.text(), errors], [499, '', []]);
  assert.deepEqual(answered, [['/run', 499]]);
});

test('an unknown route', async () => {
  const { app } = harness();
  for (const [path, method] of [
    ['/nothing', 'GET'],
    ['/run', 'GET'],
    ['/run', 'PUT'],
    ['/run/', 'POST'],
    ['/health', 'POST'],
    ['/prebuilds', 'GET'],
  ]) {
    const problem = await problemOf(await app.request(path ?? '', { method: method ?? '' }));
    assert.deepEqual([problem.status, problem.code], [404, 'not_found'], `${method} ${path}`);
  }
});

test('the request id is taken from the request or, if missing or invalid, created, and is in every response', async () => {
  const { app } = harness();
  const idOf = async (path: string, id?: string) =>
    (await app.request(path, { headers: id === undefined ? {} : { 'x-request-id': id } })).headers.get('x-request-id');
  for (const path of ['/livez', '/nothing', '/metrics']) assert.equal(await idOf(path, 'mine-1'), 'mine-1');
  assert.equal(await idOf('/livez', 'x'.repeat(128)), 'x'.repeat(128));
  for (const odd of ['', 'x'.repeat(129), 'two words', '\xff'])
    assert.match((await idOf('/livez', odd)) ?? '', /^[0-9a-f-]{36}$/);
  assert.notEqual(await idOf('/livez'), await idOf('/livez'));
});
