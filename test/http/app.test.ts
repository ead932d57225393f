import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeRegistry } from '../../src/runtimes/registry.ts';
import { runtime } from '../fixtures.ts';
import { type HarnessOptions, harness, post, problemOf } from './harness.ts';

type Health = NonNullable<HarnessOptions['health']>;

function health(changes: Partial<Awaited<ReturnType<Health['health']>>> = {}, problems: string[] = []): Health {
  return {
    health: async () => ({
      engineConnected: true,
      isOk: true,
      runtimes: new Map([
        ['python', 'ready'],
        ['go', 'ready'],
      ]),
      isolation: new Map([['python', { isolation: 'cell', reason: undefined }]]),
      ...changes,
    }),
    problems: async () => problems,
  };
}

async function get(path: string, options: HarnessOptions = {}): Promise<[number, unknown]> {
  const response = await harness(options).app.request(path);
  return [response.status, await response.json()];
}

test('GET /', async () => {
  assert.deepEqual(await get('/'), [200, { message: 'Code Runner is operational.' }]);
});

test('GET /health: ok', async () => {
  const runtimes = { python: 'ready', go: 'ready' };
  const isolation = { python: { isolation: 'cell' }, go: { isolation: 'container', reason: 'no user namespaces' } };
  assert.deepEqual(await get('/health'), [
    200,
    { status: 'ok', docker_connected: true, auth_enabled: false, runtimes, isolation },
  ]);
});

test('GET /health: degraded when the engine does not answer or an image is missing', async () => {
  const away = await get('/health', { health: health({ engineConnected: false, isOk: false }) });
  assert.equal(away[0], 503);
  assert.deepEqual(away[1], {
    status: 'degraded',
    docker_connected: false,
    auth_enabled: false,
    runtimes: { python: 'ready', go: 'ready' },
    isolation: { python: { isolation: 'cell' } },
  });
  const missing = await get('/health', {
    health: health({
      isOk: false,
      runtimes: new Map([
        ['python', 'ready'],
        ['go', 'missing'],
      ]),
    }),
  });
  assert.equal(missing[0], 503);
  assert.deepEqual(missing[1], {
    status: 'degraded',
    docker_connected: true,
    auth_enabled: false,
    runtimes: { python: 'ready', go: 'missing' },
    isolation: { python: { isolation: 'cell' } },
  });
});

test('GET /livez does not ask the engine', async () => {
  const dead: Health = {
    health: () => Promise.reject(new Error('dead')),
    problems: () => Promise.reject(new Error('dead')),
  };
  assert.deepEqual(await get('/livez', { health: dead, isDraining: () => true }), [200, { status: 'alive' }]);
});

test('GET /readyz: ready, or not ready with the reasons', async () => {
  assert.deepEqual(await get('/readyz'), [200, { status: 'ready', reasons: [] }]);
  const reasons = ['draining', 'go: the image is missing'];
  assert.deepEqual(await get('/readyz', { health: health({}, reasons) }), [503, { status: 'unready', reasons }]);
});

test('GET /runtimes and its alias', async () => {
  const options = {
    health: health({
      runtimes: new Map([
        ['python', 'missing'],
        ['go', 'ready'],
      ]),
    }),
  };
  const [status, body] = await get('/runtimes', options);
  assert.equal(status, 200);
  assert.deepEqual(await get('/images', options), [200, body]);
  const { images, default: fallback } = body as { images: Record<string, unknown>[]; default: string };
  assert.equal(fallback, 'code-runner-python');
  assert.deepEqual(images[0], {
    id: 'code-runner-python',
    name: 'Python',
    aliases: [],
    description: 'CPython',
    version: '3.13',
    default_entrypoint: 'python3 main.py',
    file_extension: '.py',
    main_file: 'main.py',
    available: false,
    unavailable_reason: 'The image does not exist. Build it with npm run images.',
    limits: {
      timeout: { default: 30, max: 300 },
      compile_timeout: { default: 60, max: 300 },
      mem_limit: { default: '256m', max: '2g' },
      cpu_shares: { default: 512, max: 262_144 },
      cpus: { default: 1, max: 4 },
      disk_limit: { default: '512m', max: '5000m' },
      pids_limit: { default: 128, max: 1024 },
      output_limit: { default: '1m', max: '16m' },
      allow_network: { default: false, allowed: true },
    },
  });
  assert.deepEqual([images[1]?.['id'], images[1]?.['available'], images.length], ['code-runner-go', true, 2]);
  assert.equal(images[1]?.['unavailable_reason'], null);
});

test('GET /runtimes says why a runtime is unavailable and what to do', async () => {
  const reasonsWith = async (source: Health) => {
    const [, body] = await get('/runtimes', { health: source });
    return (body as { images: Record<string, unknown>[] }).images.map((image) => [
      image['available'],
      image['unavailable_reason'],
    ]);
  };
  const broken = new Map([
    ['python', 'broken'],
    ['go', 'ready'],
  ] as const);
  assert.deepEqual(await reasonsWith(health({ runtimes: broken })), [
    [false, 'The image fails to run its sample program. Rebuild it with npm run images.'],
    [true, null],
  ]);
  const away = [false, 'The container engine does not answer.'];
  assert.deepEqual(await reasonsWith(health({ engineConnected: false, isOk: false })), [away, away]);
});

test('GET /health: a runtime that is not required does not degrade the service', async () => {
  const runtimes = new Map([
    ['python', 'ready'],
    ['go', 'broken'],
  ] as const);
  const [status, body] = await get('/health', { health: health({ runtimes }) });
  assert.deepEqual([status, (body as { runtimes: unknown }).runtimes], [200, { python: 'ready', go: 'broken' }]);
});

test('without Python, the default is the first runtime', async () => {
  const [, body] = await get('/runtimes', { runtimes: new RuntimeRegistry([runtime('go')]) });
  assert.equal((body as { default: string }).default, 'code-runner-go');
});

test('GET /metrics', async () => {
  const response = await harness().app.request('/metrics');
  assert.deepEqual([response.status, await response.text()], [200, 'metric 1\n']);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4');
});

test('responses are counted by route pattern, never by the path that the client chose', async () => {
  const { app, answered } = harness({ credentials: { apiKeys: ['key'], token: undefined } });
  await app.request('/livez');
  await app.request('/run', post({ code: 'x' }, { 'x-api-key': 'key' }));
  await app.request('/run', post({ code: 1 }, { 'x-api-key': 'key' }));
  await app.request('/run', post({ code: 'x' }));
  for (const path of ['/a', '/b', '/c/d']) await app.request(path, { headers: { 'x-api-key': 'key' } });
  assert.deepEqual(answered.slice(0, 3), [
    ['/livez', 200],
    ['/run', 200],
    ['/run', 422],
  ]);
  assert.equal(answered[3]?.[1], 401);
  assert.equal(new Set(answered.slice(4).map(([route]) => route)).size, 1, 'one label for all unknown routes');
});

test('draining: every response tells clients to close the connection', async () => {
  const draining = harness({ isDraining: () => true }).app;
  for (const path of ['/livez', '/nothing'])
    assert.equal((await draining.request(path)).headers.get('connection'), 'close');
  assert.equal((await draining.request('/run', post('{'))).headers.get('connection'), 'close');
  assert.equal((await harness().app.request('/livez')).headers.get('connection'), null);
});

test('a failing health source gives a 500 and no crash', async () => {
  const broken: Health = { health: () => Promise.reject(new Error('broken')), problems: async () => [] };
  const { app, errors } = harness({ health: broken });
  assert.equal((await problemOf(await app.request('/health'))).code, 'internal');
  assert.equal(errors.length, 1);
});
