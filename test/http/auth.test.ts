import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credentials } from '../../src/http/auth.ts';
import { harness, post, problemOf } from './harness.ts';

const KEYS = { apiKeys: ['key-one', 'key-two'], token: undefined };
const TOKEN = { apiKeys: [], token: 'token' };
const BOTH = { apiKeys: ['key-one'], token: 'token' };
const OPEN = { apiKeys: [], token: undefined };

const GUARDED = [
  '/runtimes',
  '/images',
  '/metrics',
  '/openapi.json',
  '/nothing-here',
  '//',
  '/health/',
  '/HEALTH',
  '/livez/x',
];
const OPEN_PATHS = ['/', '/health', '/livez', '/readyz'];

async function statusWith(credentials: Credentials, headers: Record<string, string>): Promise<number> {
  const { app, calls } = harness({ credentials });
  const response = await app.request('/run', post({ code: 'x' }, headers));
  assert.equal(calls.length, response.status === 200 ? 1 : 0);
  if (response.status !== 200) {
    const { code, status } = await problemOf(response);
    assert.equal(code, status === 401 ? 'unauthorized' : 'forbidden');
  }
  assert.equal(response.headers.has('www-authenticate'), response.status === 401);
  return response.status;
}

test('accepted', async () => {
  assert.equal(await statusWith(OPEN, {}), 200);
  assert.equal(await statusWith(OPEN, { 'x-api-key': 'anything' }), 200);
  assert.equal(await statusWith(KEYS, { 'x-api-key': 'key-one' }), 200);
  assert.equal(await statusWith(KEYS, { 'x-api-key': 'key-two' }), 200);
  assert.equal(await statusWith(TOKEN, { authorization: 'Bearer token' }), 200);
  assert.equal(await statusWith(TOKEN, { authorization: 'bearer  token' }), 200);
  assert.equal(await statusWith(BOTH, { 'x-api-key': 'wrong', authorization: 'Bearer token' }), 200);
  assert.equal(await statusWith(BOTH, { 'x-api-key': 'key-one', authorization: 'Bearer wrong' }), 200);
});

test('missing credentials are 401', async () => {
  for (const credentials of [KEYS, TOKEN, BOTH]) assert.equal(await statusWith(credentials, {}), 401);
  assert.equal(await statusWith(KEYS, { 'x-api-key': '' }), 401);
  assert.equal(await statusWith(TOKEN, { authorization: '' }), 401);
  assert.equal(await statusWith(TOKEN, { authorization: 'Bearer' }), 401);
  assert.equal(await statusWith(TOKEN, { authorization: 'Bearer ' }), 401);
});

test('a wrong API key is 403, a wrong bearer token is 401', async () => {
  const wrong = [
    'key',
    'key-one ',
    'KEY-ONE',
    'key-one,key-two',
    'key-onekey-two',
    'k'.repeat(10_000),
    'undefined',
    'token',
  ];
  for (const key of wrong.filter((text) => text.trim() !== 'key-one')) {
    assert.equal(await statusWith(BOTH, { 'x-api-key': key }), 403, key);
  }
  for (const header of [
    'Bearer wrong',
    'Bearer key-one',
    'token',
    'Basic token',
    'Bearer token x',
    'Bearertoken',
    'Bearer Bearer token',
  ]) {
    assert.equal(await statusWith(BOTH, { authorization: header }), 401, header);
  }
});

test('an API key is not accepted as a bearer token, nor the other way round', async () => {
  assert.equal(await statusWith(KEYS, { authorization: 'Bearer key-one' }), 401);
  assert.equal(await statusWith(TOKEN, { 'x-api-key': 'token' }), 403);
});

test('odd bytes are wrong credentials, not an error', async () => {
  for (const odd of ['\xff\xfe', '\xe9', '\x7f', 'key-one\xa0', '%', '\\0']) {
    assert.equal(await statusWith(BOTH, { 'x-api-key': odd }), 403, JSON.stringify(odd));
    assert.equal(await statusWith(BOTH, { authorization: `Bearer ${odd}` }), 401, JSON.stringify(odd));
  }
});

test('a non-ASCII secret matches the UTF-8 bytes that a client sends', async () => {
  const bytes = Buffer.from('schlüssel').toString('latin1');
  assert.equal(await statusWith({ apiKeys: ['schlüssel'], token: undefined }, { 'x-api-key': bytes }), 200);
  assert.equal(await statusWith({ apiKeys: ['schlüssel'], token: undefined }, { 'x-api-key': 'schlussel' }), 403);
});

test('every route except the open ones requires credentials', async () => {
  for (const credentials of [KEYS, TOKEN]) {
    const { app } = harness({ credentials });
    for (const path of GUARDED) assert.equal((await app.request(path)).status, 401, path);
    for (const path of OPEN_PATHS) assert.equal((await app.request(path)).status, 200, path);
    assert.equal((await app.request('/run', { method: 'OPTIONS' })).status, 401);
    assert.equal((await app.request('/run', { method: 'DELETE' })).status, 401);
  }
});

test('credentials are checked before the body is read', async () => {
  const { app } = harness({ credentials: KEYS });
  let isRead = false;
  const body = new ReadableStream(
    {
      pull: () => {
        isRead = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'application/json' };
  const response = await app.request('/run', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
  assert.equal(response.status, 401);
  assert.equal(isRead, false);
  const unreadable = await app.request(
    '/run',
    post('not json', { 'content-type': 'text/plain', 'x-api-key': 'wrong' }),
  );
  assert.equal(unreadable.status, 403);
});

test('/health tells everyone whether credentials are required', async () => {
  for (const [credentials, expected] of [
    [OPEN, false],
    [KEYS, true],
    [TOKEN, true],
  ] as const) {
    const { app } = harness({ credentials });
    assert.equal(((await (await app.request('/health')).json()) as { auth_enabled: boolean }).auth_enabled, expected);
  }
});
