import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type HarnessOptions, harness, post, problemOf } from './harness.ts';

const LOCAL = { host: 'localhost:8000' };
const WITH_KEY: HarnessOptions = { credentials: { apiKeys: ['key'], token: undefined } };

/** The status of `POST /run` for a request with these headers. */
async function statusOf(headers: Record<string, string>, options: HarnessOptions = {}): Promise<number> {
  const { app, calls } = harness(options);
  const response = await app.request('/run', post({ code: 'x' }, headers));
  assert.equal(calls.length, response.status === 200 ? 1 : 0);
  return response.status;
}

async function refusalOf(headers: Record<string, string>): Promise<string> {
  const problem = await problemOf(await harness().app.request('/run', post({ code: 'x' }, headers)));
  assert.deepEqual([problem.status, problem.code], [403, 'forbidden']);
  return problem.detail;
}

describe('without credentials', () => {
  for (const host of ['localhost', 'LOCALHOST:8000', 'app.localhost', '127.0.0.1:8000', '10.1.2.3', '[::1]:8000']) {
    test(`the host ${host} is served`, async () => assert.equal(await statusOf({ host }), 200));
  }

  const strangers = [
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    '',
  ];
  for (const host of [...strangers, 'code-runner:8000', '[evil]', '[::1]evil.example', 'a\\@localhost']) {
    test(`the host '${host}' is refused, because DNS could point it here`, async () => {
      assert.match(await refusalOf({ host }), /ALLOWED_HOSTS.*AUTH_TOKEN/);
    });
  }

  test('a request without a host does not come from a browser and is served', async () =>
    assert.equal(await statusOf({}), 200));

  test('a long host is cut in the message', async () => {
    assert.ok((await refusalOf({ host: `${'x'.repeat(10_000)}.example` })).length < 600);
  });

  test('ALLOWED_HOSTS allows exactly its names, with any port and in any case', async () => {
    const options = { allowedHosts: ['Runner.example'] };
    assert.equal(await statusOf({ host: 'runner.EXAMPLE:80' }, options), 200);
    assert.equal(await statusOf({ host: 'localhost' }, options), 200);
    assert.equal(await statusOf({ host: 'a.runner.example' }, options), 403);
    assert.equal(await statusOf({ host: 'evil.example' }, { allowedHosts: ['*'] }), 200);
  });

  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://localhost:3000' },
    { origin: 'http://localhost:8000.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'http://localhost:8000', 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    test(`a page of another origin is refused: ${JSON.stringify(headers)}`, async () => {
      assert.match(await refusalOf({ ...LOCAL, ...headers }), /other origins.*AUTH_TOKEN/);
    });
  }

  test('allowing every host does not allow pages of other origins', async () => {
    assert.equal(await statusOf({ ...LOCAL, origin: 'https://evil.example' }, { allowedHosts: ['*'] }), 403);
  });

  const own: Record<string, string>[] = [
    { origin: 'http://localhost:8000', 'sec-fetch-site': 'same-origin' },
    { origin: 'https://LOCALHOST:8000' },
    { 'sec-fetch-site': 'none' },
  ];
  for (const headers of own) {
    test(`its own pages and direct requests are served: ${JSON.stringify(headers)}`, async () => {
      assert.equal(await statusOf({ ...LOCAL, ...headers }), 200);
    });
  }

  test('every route except the health checks is guarded, because probes use any name', async () => {
    const { app } = harness();
    const headers = { host: 'evil.example' };
    for (const path of ['/runtimes', '/images', '/metrics', '/openapi.json', '/nothing'])
      assert.equal((await app.request(path, { headers })).status, 403, path);
    for (const path of ['/', '/health', '/livez', '/readyz'])
      assert.equal((await app.request(path, { headers })).status, 200, path);
  });
});

test('with credentials, host and origin do not matter, because a page does not have the credentials', async () => {
  const headers = { host: 'runner.example', origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
  assert.equal(await statusOf({ ...headers, 'x-api-key': 'key' }, WITH_KEY), 200);
  assert.equal(await statusOf(headers, WITH_KEY), 401);
});
