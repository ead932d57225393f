import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { ReadySandboxes } from '../../src/sandbox/ready-sandboxes.ts';
import { FakeContainer, SPEC } from './fake-containers.ts';

const KEEP_MS = 30_000;
const WANTED = { limits: SPEC.limits, mayChangeLimits: false };

/** Sandboxes that became ready one after the other, a second apart, after runs of these tenants (`undefined`: no run yet). */
function readyAfter(t: TestContext, ...tenants: (string | undefined)[]) {
  const ready = new ReadySandboxes();
  const lost: number[] = [];
  const clock = t.mock.method(performance, 'now', () => 0);
  const containers = tenants.map((tenant, index) => {
    clock.mock.mockImplementation(() => index * 1000);
    const container = new FakeContainer(index, SPEC, 'cell');
    ready.put(container.cell, tenant, () => lost.push(index));
    return container;
  });
  const trim = (excess: number, unusedToKeep: number, nowMs: number) =>
    ready.trim({ excess, unusedToKeep, nowMs }).map((sandbox) => containers.findIndex(({ cell }) => cell === sandbox));
  return { ready, containers, lost, trim };
}

test('a tenant gets the sandbox that it used last', (t) => {
  const { ready } = readyAfter(t, 'a', 'a', undefined, 'b');
  const taken = [
    ready.takeOf('a', WANTED),
    ready.takeOf('a', WANTED),
    ready.takeOf('a', WANTED),
    ready.takeOf('b', WANTED),
  ];
  assert.deepEqual(
    taken.map((sandbox) => sandbox?.id),
    ['container-1', 'container-0', undefined, 'container-3'],
  );
  assert.deepEqual([ready.count, ready.unusedCount], [1, 1]);
});

test('unused sandboxes are taken in the order in which they became ready; a used one never is', (t) => {
  const { ready } = readyAfter(t, 'a', undefined, undefined);
  const taken = [ready.takeUnused(WANTED), ready.takeUnused(WANTED), ready.takeUnused(WANTED)];
  assert.deepEqual(
    taken.map((sandbox) => sandbox?.id),
    ['container-1', 'container-2', undefined],
  );
  assert.deepEqual([ready.count, ready.unusedCount], [1, 0]);
});

test('one that ends is gone, and that is told; not when it was taken before', async (t) => {
  const { ready, containers, lost } = readyAfter(t, undefined, 'a');
  containers[1]?.end();
  await tick();
  assert.deepEqual([ready.count, lost], [1, [1]]);
  assert.equal(ready.takeUnused(WANTED), containers[0]?.cell);
  containers[0]?.end();
  await tick();
  assert.deepEqual(lost, [1]);
});

test('the longest idle one leaves first, whoever used it', (t) => {
  const { ready, containers } = readyAfter(t, 'a', undefined, 'b');
  assert.equal(ready.oldestMs, 0);
  assert.equal(ready.takeOldest(), containers[0]?.cell);
  assert.equal(ready.oldestMs, 1000);
});

test('sandboxes of tenants that have stayed away are trimmed first, then the unused ones that came last', (t) => {
  const { trim } = readyAfter(t, undefined, 'a', undefined, undefined, 'b');
  assert.deepEqual(trim(3, 0, KEEP_MS + 1001), [1, 3, 2]);
});

test('a tenant’s sandbox is not trimmed before it has stayed away', (t) => {
  const { ready, trim } = readyAfter(t, 'a', 'b');
  assert.deepEqual(trim(2, 0, KEEP_MS), []);
  assert.deepEqual(trim(2, 0, KEEP_MS + 500), [0]);
  assert.equal(ready.count, 1);
});

test('no more are trimmed than are too many, and not the unused ones that are to be kept', (t) => {
  const { ready, trim } = readyAfter(t, undefined, undefined, undefined);
  assert.deepEqual(trim(0, 0, 0), []);
  assert.deepEqual(trim(-2, 0, 0), []);
  assert.deepEqual(trim(3, 1, 0), [2, 1]);
  assert.equal(ready.unusedCount, 1);
});

test('emptied, nothing is ready', (t) => {
  const { ready, containers } = readyAfter(t, undefined, 'a');
  assert.deepEqual(
    ready.empty(),
    containers.map(({ cell }) => cell),
  );
  assert.deepEqual([ready.count, ready.takeOf('a', WANTED), ready.takeUnused(WANTED)], [0, undefined, undefined]);
});
