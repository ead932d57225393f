import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SandboxLimits } from '../../src/core/limits.ts';
import type { Given } from '../../src/sandbox/waiters.ts';
import { Waiters } from '../../src/sandbox/waiters.ts';
import { FakeContainer, SPEC } from './fake-containers.ts';

const NEVER = new AbortController().signal;
const ANY = { limits: SPEC.limits, mayChangeLimits: true };

/** A ready cell with the usual limits, apart from these. */
function cellWith(limits: Partial<SandboxLimits> = {}) {
  return new FakeContainer(1, { ...SPEC, limits: { ...SPEC.limits, ...limits } }, 'cell').cell;
}

function given(): Given {
  return { sandbox: new FakeContainer(1, SPEC, 'cell').cell, origin: 'cold', comesBack: true, generation: 0 };
}

/** Runs of these tenants wait. */
function waiting(...tenants: string[]): Waiters {
  const waiters = new Waiters();
  for (const tenant of tenants) void waiters.wait({ ...ANY, tenant, signal: NEVER });
  return waiters;
}

function firstWithout(waiters: Waiters, created: number, ...returning: string[]): string | undefined {
  return waiters.allWithout({ created, returning })[0]?.request.tenant;
}

/** The tenants in the order in which they get new sandboxes. */
function order(waiters: Waiters, ...returning: string[]): (string | undefined)[] {
  return Array.from({ length: waiters.count + 1 }, () => waiters.takeNext(returning)?.request.tenant);
}

test('what is given arrives, and so does a failure', async () => {
  const waiters = new Waiters();
  const served = waiters.wait({ ...ANY, tenant: 'a', signal: NEVER });
  const failed = waiters.wait({ ...ANY, tenant: 'b', signal: NEVER });
  const gift = given();
  waiters.takeNext([])?.give(gift);
  waiters.takeNext([])?.fail(new Error('no engine'));
  assert.equal(await served, gift);
  await assert.rejects(failed, /no engine/);
  assert.equal(waiters.count, 0);
});

test('who gives up leaves at once, and the others stay', async () => {
  const waiters = new Waiters();
  const client = new AbortController();
  const first = waiters.wait({ ...ANY, tenant: 'a', signal: client.signal });
  void waiters.wait({ ...ANY, tenant: 'b', signal: NEVER });
  client.abort(new Error('client gone'));
  assert.equal(waiters.count, 1);
  assert.equal(waiters.takeNext([])?.request.tenant, 'b');
  await assert.rejects(first, /client gone/);
});

test('who gives up after being served takes nobody else along', async () => {
  const waiters = new Waiters();
  const client = new AbortController();
  const served = waiters.wait({ ...ANY, tenant: 'a', signal: client.signal });
  void waiters.wait({ ...ANY, tenant: 'b', signal: NEVER });
  waiters.takeNext([])?.give(given());
  client.abort(new Error('client gone'));
  await served;
  assert.equal(waiters.count, 1);
});

test('who has given up before is refused', async () => {
  const waiters = new Waiters();
  await assert.rejects(
    waiters.wait({ ...ANY, tenant: 'a', signal: AbortSignal.abort(new Error('client gone')) }),
    /client gone/,
  );
  assert.equal(waiters.count, 0);
});

test('a sandbox that comes back goes to who of its tenant waits longest', () => {
  const waiters = waiting('a', 'b', 'a');
  const [longest] = [waiters.takeOf('b', cellWith()), waiters.takeOf('b', cellWith())];
  assert.equal(longest?.request.tenant, 'b');
  assert.equal(waiters.takeOf('b', cellWith()), undefined);
  assert.equal(waiters.count, 2);
});

test('a new sandbox goes to who waits longest and gets none that comes back', () => {
  assert.deepEqual(order(waiting('a', 'b', 'c')), ['a', 'b', 'c', undefined]);
  assert.deepEqual(order(waiting('a', 'b', 'c'), 'a'), ['b', 'c', 'a', undefined]);
  assert.deepEqual(order(waiting('a', 'a', 'b'), 'a'), ['a', 'b', 'a', undefined], 'one comes back, two wait');
  assert.deepEqual(order(waiting('a', 'b'), 'a', 'b'), ['a', 'b', undefined], 'all get one: it goes to the first');
});

test('who has none on its way', () => {
  const waiters = waiting('a', 'b', 'a', 'c');
  assert.equal(firstWithout(waiters, 0), 'a');
  assert.equal(firstWithout(waiters, 1), 'b');
  assert.equal(firstWithout(waiters, 0, 'a'), 'b');
  assert.equal(firstWithout(waiters, 1, 'a'), 'a', 'the second of its tenant');
  assert.equal(firstWithout(waiters, 1, 'a', 'a'), 'c');
  assert.equal(firstWithout(waiters, 4), undefined);
  assert.equal(firstWithout(waiters, 1, 'a', 'a', 'b'), undefined);
  assert.equal(firstWithout(waiters, 0, 'x', 'x', 'x', 'x'), 'a', 'what comes back for others does not help');
  assert.equal(waiters.count, 4, 'nobody was taken');
});
