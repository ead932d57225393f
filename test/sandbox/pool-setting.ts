import assert from 'node:assert/strict';
import { afterEach } from 'node:test';
import { Pool } from '../../src/sandbox/pool.ts';
import type { PoolOptions } from '../../src/sandbox/pool-options.ts';
import { eventually } from '../eventually.ts';
import { FakeContainers, giveBack, SPEC, use } from './fake-containers.ts';

const NEVER = new AbortController().signal;

const pools: Pool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

/** A pool of fake containers, which is closed after the test. */
export function setting(options: Partial<PoolOptions> = {}, prepare: (containers: FakeContainers) => void = () => {}) {
  const containers = new FakeContainers();
  prepare(containers);
  const removed: string[] = [];
  const pool = new Pool({
    factory: containers,
    maxConcurrentCreations: 4,
    startTimeoutMs: 10_000,
    warm: [],
    cellLimits: SPEC.limits,
    maxWarm: 10,
    maxWarmMemoryBytes: Number.MAX_SAFE_INTEGER,
    observer: { leased() {}, created() {}, creationFailed() {}, removed: (image) => removed.push(image) },
    ...options,
  });
  pools.push(pool);
  pool.start();
  const lease = async (tenant: string, spec = SPEC) => {
    const taken = await pool.lease(spec, { tenant, signal: NEVER });
    return { lease: taken, origin: taken.origin, container: use(taken, tenant, spec) };
  };
  /** A whole run. */
  const run = async (tenant: string, spec = SPEC) => {
    const { lease: taken, ...rest } = await lease(tenant, spec);
    giveBack(taken);
    return rest;
  };
  return { containers, removed, pool, lease, run };
}

export function warmOf(pool: Pool): number {
  return pool.stats().reduce((sum, { warm }) => sum + warm, 0);
}

export function untilWarm(pool: Pool, count: number): Promise<void> {
  return eventually(() => assert.equal(warmOf(pool), count));
}
