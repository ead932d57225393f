import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { RunAborted, RunnerError } from '../../../src/core/errors.ts';
import { POLICY } from '../../fixtures.ts';
import { type HarnessOptions, harness, post } from '../harness.ts';

/** The recorded outcome of a refused run, available after the response. */
async function toldOf(request: RequestInit, options: HarnessOptions = {}) {
  const { app, calls, errors, outcomes } = harness(options);
  const { status } = await app.request('/run', request);
  await tick();
  assert.equal(calls.length, 0, 'it never reached the runner');
  const [outcome, ...more] = outcomes;
  assert.ok(outcome);
  assert.deepEqual([more, outcome.result, outcome.runtime, errors], [[], undefined, undefined, []]);
  const { error } = outcome;
  assert.ok(error instanceof RunnerError);
  return { status, code: error.code, error, outcome };
}

const KEY = 'a-key-of-somebody';
const CREDENTIALS = { apiKeys: [KEY], token: undefined };

test('a run that is refused before it reaches the runner is recorded like any other', async () => {
  const small = { ...POLICY, maxBodyBytes: 2048 };
  const refused: Record<string, [RequestInit, HarnessOptions?]> = {
    malformed_json: [post('{')],
    invalid_request: [post({ code: 1 })],
    payload_too_large: [post({ code: 'x'.repeat(3000) }), { policy: small }],
    unsupported_media_type: [post({ code: 'x' }, { 'content-type': 'text/plain' })],
    over_capacity: [post({ code: 'x'.repeat(3000) }), { maxBytesInFlight: 2048 }],
    unauthorized: [post({ code: 'x' }), { credentials: CREDENTIALS }],
    forbidden: [post({ code: 'x' }, { 'x-api-key': 'wrong' }), { credentials: CREDENTIALS }],
  };
  for (const [code, [request, options]] of Object.entries(refused))
    assert.equal((await toldOf(request, options)).code, code);
});

test('a request above a ceiling is recorded with the field, never with the value', async () => {
  const { code, error } = await toldOf(post({ code: 'x', timeout: 1e9 }));
  assert.deepEqual([code, /timeout/.test(error.detail)], ['invalid_request', true]);
  const named = await toldOf(post({ code: 'x', S3CR3T: 1, environment: { S3CR3T: 5 } }));
  assert.equal(named.status, 422);
  assert.doesNotMatch(named.error.detail, /S3CR3T/);
});

test('a run is recorded with its request and its tenant, without revealing the credentials', async () => {
  const options = { credentials: CREDENTIALS };
  const headers = { 'x-api-key': KEY, 'x-request-id': 'mine' };
  const { outcome } = await toldOf(post('{', headers), options);
  assert.match(outcome.context.tenant, /^[0-9a-f]{12}$/);
  assert.equal(outcome.context.requestId, 'mine');
  assert.match(outcome.context.runId, /^[0-9a-f-]{36}$/);
  const again = await toldOf(post('{', headers), options);
  assert.equal(again.outcome.context.tenant, outcome.context.tenant);
  assert.notEqual(again.outcome.context.runId, outcome.context.runId);
  assert.equal((await toldOf(post('{'), options)).outcome.context.tenant, 'anonymous');
  assert.equal((await toldOf(post('{', headers))).outcome.context.tenant, 'anonymous', 'nothing was accepted');
});

test('the runner gets the same recorder, and its time includes reading the body', async () => {
  const { app, calls, outcomes } = harness({ run: () => Promise.reject(new RunAborted('client-gone')) });
  const body = new ReadableStream({
    async pull(controller) {
      await sleep(30);
      controller.enqueue(Buffer.from('{"code":"x"}'));
      controller.close();
    },
  });
  await app.request('/run', { ...post(''), body, duplex: 'half' } as RequestInit);
  await tick();
  assert.equal(outcomes[0]?.context, calls[0]?.context);
  assert.ok(outcomes[0]?.error instanceof RunAborted);
  assert.ok(outcomes[0].totalMs >= 29, `${outcomes[0].totalMs} ms`);
});

test('requests to other routes are not recorded as runs', async () => {
  const { app, outcomes } = harness();
  for (const [path, method] of [
    ['/run', 'GET'],
    ['/runs', 'POST'],
    ['/livez', 'GET'],
  ])
    await app.request(path as string, { method: method as string });
  await tick();
  assert.deepEqual(outcomes, []);
});
