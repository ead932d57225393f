import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { HttpServer } from '../../src/bootstrap/http-server.ts';
import { type HarnessOptions, harness, post, problemOf } from './harness.ts';

const KEYS = { credentials: { apiKeys: ['key-one', 'key-two'], token: undefined } };
const TRUSTING = { trustTenantHeader: true };

/** Sends a run that must be accepted, and returns its tenant. */
async function tenantOf(headers: Record<string, string>, options: HarnessOptions): Promise<string> {
  const { app, calls } = harness(options);
  const response = await app.request('/run', post({ code: 'x' }, headers));
  assert.equal(response.status, 200, await response.clone().text());
  return calls[0]?.context.tenant ?? '';
}

/** Sends a run that must be refused, and returns the problem and the tenant that is logged. */
async function refusalOf(headers: Record<string, string>, options: HarnessOptions = {}) {
  const { app, calls, outcomes } = harness(options);
  const problem = await problemOf(await app.request('/run', post({ code: 'x' }, headers)));
  await tick();
  assert.deepEqual([calls.length, outcomes.length], [0, 1]);
  return { ...problem, tenant: outcomes[0]?.context.tenant };
}

test('a credential is a tenant, and X-Tenant divides it into many', async () => {
  const one = { 'x-api-key': 'key-one' };
  const credential = await tenantOf(one, KEYS);
  assert.match(credential, /^[0-9a-f]{12}$/);
  const jane = await tenantOf({ ...one, 'x-tenant': 'jane' }, KEYS);
  const joe = await tenantOf({ ...one, 'x-tenant': 'joe' }, KEYS);
  assert.match(jane, new RegExp(`^${credential}/[0-9a-f]{32}$`));
  assert.notEqual(jane, joe);
  assert.equal(await tenantOf({ ...one, 'x-tenant': 'jane' }, KEYS), jane, 'the same name is the same tenant');
});

test('the same X-Tenant under two credentials is two tenants that cannot be linked', async () => {
  const tenants = [];
  for (const key of ['key-one', 'key-two'])
    tenants.push(await tenantOf({ 'x-api-key': key, 'x-tenant': 'jane' }, KEYS));
  const [first, second] = tenants.map((tenant) => tenant.split('/'));
  assert.notEqual(first?.[0], second?.[0]);
  assert.notEqual(first?.[1], second?.[1], 'the hash depends on the credential');
});

test('the key of a tenant has the hash that the README describes', async () => {
  const tenant = await tenantOf({ 'x-tenant': 'jane doe' }, TRUSTING);
  assert.equal(tenant, `anonymous/${createHash('sha256').update('anonymous jane doe').digest('hex').slice(0, 32)}`);
});

test('without credentials the header is refused, unless the operator trusts it', async () => {
  const refusal = await refusalOf({ 'x-tenant': 'jane' });
  assert.deepEqual([refusal.status, refusal.code, refusal.tenant], [422, 'invalid_request', 'anonymous']);
  assert.match(refusal.detail, /^X-Tenant: .*only with credentials.*TRUST_TENANT_HEADER=true/);
  assert.match(await tenantOf({ 'x-tenant': 'jane' }, TRUSTING), /^anonymous\//);
});

test('an invalid X-Tenant is refused', async () => {
  for (const name of ['', 'x'.repeat(129), 'jörg', 'a\tb', '\x7f']) {
    const refusal = await refusalOf({ 'x-tenant': name }, TRUSTING);
    assert.deepEqual([refusal.status, refusal.code, refusal.tenant], [422, 'invalid_request', 'anonymous'], name);
    assert.match(refusal.detail, /X-Tenant: must be 1 to 128 printable ASCII characters/);
  }
  for (const name of ['x', 'x'.repeat(128), 'Jane Doe <jane@example.com>, Ltd.'])
    assert.match(await tenantOf({ 'x-tenant': name }, TRUSTING), /\//, name);
});

test('the credentials are checked before the header', async () => {
  const { app, outcomes } = harness(KEYS);
  for (const headers of [{ 'x-tenant': 'jane' }, { 'x-tenant': '' }]) {
    assert.equal((await app.request('/run', post({ code: 'x' }, headers))).status, 401);
  }
  await tick();
  assert.deepEqual(
    outcomes.map(({ context }) => context.tenant),
    ['anonymous', 'anonymous'],
  );
});

test('a repeated header is refused, because a proxy may have added its own', async () => {
  const { app } = harness(TRUSTING);
  const server = await HttpServer.start({ fetch: app.fetch, host: '127.0.0.1', port: 0, maxConnections: 10 });
  try {
    const options = { port: server.address.port, path: '/run', method: 'POST' };
    const statusOf = (names: string[]) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'x-tenant': names };
        request({ ...options, headers }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end('{"code":"x"}');
      });
    assert.equal(await statusOf(['jane', 'joe']), 422);
    assert.equal(await statusOf(['jane, joe']), 200);
  } finally {
    await server.close();
  }
});

test('other routes ignore the header', async () => {
  const { app } = harness();
  assert.equal((await app.request('/runtimes', { headers: { 'x-tenant': '' } })).status, 200);
});
