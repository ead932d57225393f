import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue } from '../../src/sandbox/fair-queue.ts';
import { seededRandom } from '../fixtures.ts';

const ANYBODY = () => true;

/** The first letter of an item is its tenant: `a1`, `a2`, `b1`. */
function queueOf(...items: string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const item of items) queue.push(tenantOf(item), item);
  return queue;
}

function tenantOf(item: string): string {
  return item.charAt(0);
}

function takeAll(queue: FairQueue<string>): string[] {
  const taken: string[] = [];
  for (let item = queue.take(ANYBODY); item !== undefined; item = queue.take(ANYBODY)) taken.push(item);
  return taken;
}

test('tenants take turns, and the items of each come in order of arrival', () => {
  assert.deepEqual(takeAll(queueOf('a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2')), [
    'a1',
    'b1',
    'c1',
    'a2',
    'b2',
    'a3',
    'a4',
  ]);
});

test('a tenant that comes back after its turn is the last in turn', () => {
  const queue = queueOf('a1', 'b1', 'c1');
  assert.equal(queue.take(ANYBODY), 'a1');
  queue.push('a', 'a2');
  assert.deepEqual(takeAll(queue), ['b1', 'c1', 'a2']);
});

test('a skipped tenant keeps its turn', () => {
  const queue = queueOf('a1', 'a2', 'b1', 'b2');
  assert.equal(
    queue.take((tenant) => tenant !== 'a'),
    'b1',
  );
  assert.equal(
    queue.take(() => false),
    undefined,
  );
  assert.deepEqual(takeAll(queue), ['a1', 'b2', 'a2']);
});

test('a removed item is never taken, and removing it again changes nothing', () => {
  const queue = queueOf('a1', 'a2', 'b1');
  queue.remove('a', 'a1');
  queue.remove('a', 'a1');
  queue.remove('c', 'c1');
  assert.deepEqual([queue.size, queue.sizeOf('a'), queue.sizeOf('c')], [2, 1, 0]);
  assert.deepEqual(takeAll(queue), ['a2', 'b1']);
});

test('the longest queue and its newest item are found', () => {
  const queue = queueOf('a1', 'b1', 'b2', 'c1');
  assert.deepEqual([queue.longest(), queue.newest('b'), queue.newest('d')], ['b', 'b2', undefined]);
  assert.equal(queueOf().longest(), undefined);
});

test('tenants without items are forgotten', () => {
  const queue = queueOf();
  for (let tenant = 0; tenant < 1000; tenant += 1) queue.push(String(tenant), `${tenant}`);
  for (let tenant = 0; tenant < 500; tenant += 1) queue.remove(String(tenant), `${tenant}`);
  assert.equal(queue.tenants, 500);
  takeAll(queue);
  assert.deepEqual([queue.tenants, queue.size], [0, 0]);
});

/** How often each other tenant has been served since this item was at the head of its tenant's queue. */
interface Wait {
  readonly item: string;
  readonly served: Map<string, number>;
}

/** Compares one random history with a plain list of the items. */
function checkHistory(seed: number): void {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)];
  const queue = new FairQueue<string>();
  const present: string[] = [];
  const heads = new Map<string, Wait>();
  const firstOf = (tenant: string) => present.find((item) => tenantOf(item) === tenant);
  for (let step = 0; step < 200; step += 1) {
    const action = random();
    if (action < 0.5) {
      const item = `${pick(['a', 'b', 'c', 'd'])}${step}`;
      queue.push(tenantOf(item), item);
      present.push(item);
    } else if (action < 0.6) {
      const item = pick(present);
      if (item === undefined) continue;
      queue.remove(tenantOf(item), item);
      present.splice(present.indexOf(item), 1);
    } else {
      const item = queue.take(ANYBODY);
      assert.equal(item === undefined, present.length === 0, `seed ${seed}: nothing taken though something is there`);
      if (item === undefined) continue;
      const tenant = tenantOf(item);
      assert.equal(item, firstOf(tenant), `seed ${seed}: out of order within its tenant`);
      present.splice(present.indexOf(item), 1);
      for (const [other, { served }] of heads) if (other !== tenant) served.set(tenant, (served.get(tenant) ?? 0) + 1);
    }
    for (const tenant of ['a', 'b', 'c', 'd']) {
      const head = firstOf(tenant);
      if (head === undefined) heads.delete(tenant);
      else if (heads.get(tenant)?.item !== head) heads.set(tenant, { item: head, served: new Map() });
    }
    for (const { item, served } of heads.values())
      assert.ok(Math.max(0, ...served.values()) <= 1, `seed ${seed}: somebody was served twice while ${item} waited`);
    assert.equal(queue.size, present.length);
    assert.equal(queue.tenants, new Set(present.map(tenantOf)).size);
  }
}

test('300 random histories: no item is lost, each tenant is served in order, and none is served twice while another waits', () => {
  for (let seed = 1; seed <= 300; seed += 1) checkHistory(seed);
});
