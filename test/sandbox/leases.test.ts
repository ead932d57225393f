import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../src/sandbox/lease.ts';
import { Leases } from '../../src/sandbox/leases.ts';
import { PLAN } from '../judging/sandboxes.ts';

/** A fake pool that counts its leases. */
function counting() {
  const released: number[] = [];
  let taken = 0;
  const lease = async (): Promise<Lease> => {
    taken += 1;
    const id = taken;
    return { origin: 'cold', waitedMs: 0, release: () => released.push(id) } as unknown as Lease;
  };
  return { pool: { lease }, released };
}

test('all leases are released once when the run ends', async () => {
  const { pool, released } = counting();
  {
    using leases = new Leases(pool, { tenant: 'a', signal: new AbortController().signal });
    const first = await leases.take(PLAN.sandbox);
    await leases.take(PLAN.sandbox);
    leases.release(first);
    assert.deepEqual(released, [1]);
  }
  assert.deepEqual(released, [1, 2]);
});

test('all leases are released as soon as the run is cancelled, also one that arrives later', async () => {
  const { pool, released } = counting();
  const run = new AbortController();
  using leases = new Leases(pool, { tenant: 'a', signal: run.signal });
  await leases.take(PLAN.sandbox);
  run.abort();
  assert.deepEqual(released, [1]);
  await leases.take(PLAN.sandbox);
  assert.deepEqual(released, [1, 2]);
});
