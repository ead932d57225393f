import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxSpec } from '../../src/core/command.ts';
import { Deferred } from '../../src/core/deferred.ts';
import { RunnerError } from '../../src/core/errors.ts';
import type { Isolation } from '../../src/core/isolation.ts';
import { defaultLimits, type SandboxLimits } from '../../src/core/limits.ts';
import type { LeaseCall } from '../../src/sandbox/lease.ts';
import { Pool } from '../../src/sandbox/pool.ts';
import type { PoolOptions } from '../../src/sandbox/pool-options.ts';
import type { Sandbox, SandboxFactory } from '../../src/sandbox/ports.ts';
import { eventually } from '../eventually.ts';
import { execution, POLICY } from '../fixtures.ts';

const NEVER: LeaseCall = { tenant: 'a', signal: new AbortController().signal };
const SPEC: SandboxSpec = { image: 'code-runner-python', limits: defaultLimits(POLICY), isolation: 'container' };
const OTHER: SandboxSpec = { ...SPEC, limits: { ...SPEC.limits, memoryBytes: 2 * SPEC.limits.memoryBytes } };
const SILENT = { leased() {}, created() {}, creationFailed() {}, removed() {} };

class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly imageId = 'sha256:image';
  readonly isolation: Isolation;
  readonly spec: SandboxSpec;
  limits: SandboxLimits;
  readonly gone: Promise<void>;
  die: () => void = () => {};
  destructions = 0;
  /** Whether there is no sandbox after this one. */
  isSpent = false;

  constructor(id: string, spec: SandboxSpec) {
    this.id = id;
    this.spec = spec;
    this.isolation = spec.isolation;
    this.limits = spec.limits;
    this.gone = new Promise((resolve) => {
      this.die = resolve;
    });
  }

  async setLimits(limits: SandboxLimits): Promise<boolean> {
    this.limits = limits;
    return true;
  }

  stage(): void {}

  snapshot(): void {}

  async reset(): Promise<void> {}

  async execute() {
    return execution();
  }

  async collect() {
    return { files: [], omitted: [] };
  }

  async next(): Promise<FakeSandbox | undefined> {
    await sleep(1);
    if (this.isSpent) return undefined;
    const next = new FakeSandbox(this.id, this.spec);
    next.gone.then(() => this.die());
    return next;
  }

  async destroy(): Promise<void> {
    this.destructions += 1;
    this.die();
  }
}

class FakeFactory implements SandboxFactory {
  readonly made: FakeSandbox[] = [];
  creationMs = 5;
  /** Where it is there, sandboxes are made when the test says so, not after `creationMs`. */
  held: Deferred[] | undefined;
  creating = 0;
  mostAtOnce = 0;
  failure: unknown;

  async create(spec: SandboxSpec): Promise<FakeSandbox> {
    this.creating += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.creating);
    await this.#work();
    this.creating -= 1;
    if (this.failure) throw this.failure;
    const sandbox = new FakeSandbox(`sandbox-${this.made.length}`, spec);
    this.made.push(sandbox);
    return sandbox;
  }

  async #work(): Promise<void> {
    if (!this.held) return sleep(this.creationMs);
    const end = new Deferred();
    this.held.push(end);
    await end.promise;
  }

  get alive(): FakeSandbox[] {
    return this.made.filter(({ destructions }) => destructions === 0);
  }
}

const pools: Pool[] = [];
function setting({ isStarted = true, ...options }: Partial<PoolOptions> & { isStarted?: boolean } = {}) {
  const factory = new FakeFactory();
  const pool = new Pool({
    factory,
    maxConcurrentCreations: 2,
    startTimeoutMs: 10_000,
    warm: [],
    cellLimits: SPEC.limits,
    maxWarm: 10,
    maxWarmMemoryBytes: Number.MAX_SAFE_INTEGER,
    observer: SILENT,
    ...options,
  });
  pools.push(pool);
  if (isStarted) pool.start();
  return { factory, pool };
}
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function warmOf(pool: Pool): number {
  return pool.stats().reduce((sum, { warm }) => sum + warm, 0);
}

async function until(condition: () => boolean): Promise<void> {
  await eventually(() => assert.ok(condition(), condition.toString()));
}

describe('without anything kept warm', () => {
  test('every lease is a new sandbox of the spec', async () => {
    const { factory, pool } = setting();
    const leases = await Promise.all([pool.lease(SPEC, NEVER), pool.lease(OTHER, NEVER), pool.lease(SPEC, NEVER)]);
    assert.equal(new Set(leases.map(({ sandbox }) => sandbox.id)).size, 3);
    assert.deepEqual(
      leases.map(({ sandbox }) => factory.made.find(({ id }) => id === sandbox.id)?.spec),
      [SPEC, OTHER, SPEC],
    );
    for (const lease of leases) assert.equal(lease.origin, 'cold');
  });

  test('nothing is kept warm before start, but leases work', async () => {
    const { factory, pool } = setting({ isStarted: false, warm: [{ spec: SPEC, count: 2 }] });
    const lease = await pool.lease(OTHER, NEVER);
    assert.equal(lease.origin, 'cold');
    lease.release();
    await until(() => factory.alive.length === 0);
    assert.deepEqual([factory.made.length, factory.creating], [1, 0], 'with nothing running, a refill would begin');
    pool.start();
    await until(() => warmOf(pool) === 2);
  });

  test('the age of the oldest creation in progress is known', async (t) => {
    const { factory, pool } = setting();
    assert.equal(pool.longestStartMs, 0);
    factory.held = [];
    let nowMs = Math.ceil(performance.now());
    t.mock.method(performance, 'now', () => nowMs);
    const first = pool.lease(SPEC, NEVER);
    nowMs += 40;
    const second = pool.lease(OTHER, NEVER);
    nowMs += 5;
    assert.equal(pool.longestStartMs, 45);
    factory.held[0]?.resolve();
    await first;
    assert.equal(pool.longestStartMs, 5, "the second's");
    factory.held[1]?.resolve();
    await second;
    assert.equal(pool.longestStartMs, 0);
  });

  test('a lease that waits longer than the start timeout fails with engine_unavailable', {
    timeout: 5000,
  }, async () => {
    const { factory, pool } = setting({ startTimeoutMs: 50, maxConcurrentCreations: 1 });
    factory.creationMs = 300;
    const isLate = (error: unknown) =>
      error instanceof RunnerError && error.code === 'engine_unavailable' && error.retryAfterMs !== undefined;
    const askedAt = performance.now();
    // The second one waits for the first creation, which hangs.
    await Promise.all([SPEC, OTHER].map((spec) => assert.rejects(pool.lease(spec, NEVER), isLate)));
    assert.ok(performance.now() - askedAt < 250, `${performance.now() - askedAt} ms`);
    await until(() => factory.made.length === 1);
    factory.creationMs = 5;
    await pool.lease(SPEC, NEVER);
  });

  test('concurrent creations are limited; the longest waiting lease is served first', async () => {
    const { factory, pool } = setting();
    const served: number[] = [];
    const specs = Array.from({ length: 9 }, (_, index) => (index % 2 ? SPEC : OTHER));
    await Promise.all(specs.map((spec, index) => pool.lease(spec, NEVER).then(() => served.push(index))));
    assert.equal(factory.mostAtOnce, 2);
    assert.deepEqual(
      served.map((_, position) => position),
      served.toSorted((a, b) => a - b),
    );
    assert.ok(
      served.slice(0, 4).every((index) => index < 6),
      `served in the order ${served}`,
    );
  });

  test('a failed creation fails the lease and does not use up a slot', async () => {
    const { factory, pool } = setting({ maxConcurrentCreations: 1 });
    factory.failure = new RunnerError('runtime_not_ready', 'gone');
    for (let attempt = 0; attempt < 3; attempt += 1) await assert.rejects(pool.lease(SPEC, NEVER), /gone/);
    factory.failure = undefined;
    assert.equal((await pool.lease(SPEC, NEVER)).origin, 'cold');
  });

  test('a cancelled lease stops waiting at once, and the sandbox being created for it is not lost', async () => {
    const { factory, pool } = setting({ maxConcurrentCreations: 1 });
    const abort = new AbortController();
    const first = pool.lease(SPEC, { tenant: 'a', signal: abort.signal });
    const second = pool.lease(SPEC, NEVER);
    abort.abort(new Error('client gone'));
    await assert.rejects(first, /client gone/);
    await second;
    assert.deepEqual(
      [factory.made.length, factory.alive.length, factory.creating],
      [1, 1, 0],
      'the second got the sandbox that was created for the first',
    );
  });

  test('a released sandbox is destroyed once and never leased again', async () => {
    const { factory, pool } = setting();
    const first = await pool.lease(SPEC, NEVER);
    first.release();
    first.release();
    const second = await pool.lease(SPEC, NEVER);
    assert.notEqual(first.sandbox, second.sandbox);
    assert.equal(factory.made[0]?.destructions, 1);
  });
});

describe('warm sandboxes', () => {
  test('exist from the start, are leased without waiting, and are replaced', async () => {
    const { factory, pool } = setting({ warm: [{ spec: SPEC, count: 2 }] });
    await until(() => warmOf(pool) === 2);
    const lease = await pool.lease(SPEC, NEVER);
    assert.equal(lease.origin, 'warm');
    assert.equal(factory.made.length, 2);
    lease.release();
    await until(() => warmOf(pool) === 2);
    assert.equal(factory.made.length, 3);
  });

  test('with other limits are never leased', async () => {
    const { pool } = setting({ warm: [{ spec: SPEC, count: 2 }] });
    await until(() => warmOf(pool) === 2);
    for (const limits of [
      { memoryBytes: 1 },
      { cpus: 3 },
      { diskBytes: 1 },
      { pids: 1 },
      { network: true },
      { cpuShares: 2 },
    ]) {
      const lease = await pool.lease({ ...SPEC, limits: { ...SPEC.limits, ...limits } }, NEVER);
      assert.equal(lease.origin, 'cold', JSON.stringify(limits));
    }
    assert.equal((await pool.lease({ ...SPEC, image: 'code-runner-go' }, NEVER)).origin, 'cold');
  });

  test('that died while waiting are never leased, and are replaced', async () => {
    const { factory, pool } = setting({ warm: [{ spec: SPEC, count: 1 }] });
    await until(() => warmOf(pool) === 1);
    factory.made[0]?.die();
    await until(() => factory.made.length === 2 && warmOf(pool) === 1);
    assert.equal((await pool.lease(SPEC, NEVER)).sandbox, factory.made[1]);
  });

  test('of a changed image are destroyed, also those that are being created', async () => {
    const { factory, pool } = setting({ warm: [{ spec: SPEC, count: 2 }] });
    await until(() => warmOf(pool) === 2);
    factory.creationMs = 50;
    const leaving = await pool.lease(SPEC, NEVER);
    leaving.release();
    await until(() => factory.creating === 1);
    pool.invalidate(SPEC.image);
    const old = factory.made.slice();
    await until(() => warmOf(pool) === 2);
    const lease = await pool.lease(SPEC, NEVER);
    assert.ok(!old.includes(lease.sandbox as FakeSandbox));
    assert.ok(old.every(({ destructions }) => destructions === 1));
    assert.equal(factory.made[old.length]?.destructions, 1, 'the one that was being created');
  });

  test('follow demand, and are destroyed when it ends', async (t) => {
    const { factory, pool } = setting();
    for (let run = 0; run < 3; run += 1) (await pool.lease(SPEC, NEVER)).release();
    await until(() => warmOf(pool) === 1);
    const lease = await pool.lease(SPEC, NEVER);
    assert.equal(lease.origin, 'warm');
    const now = performance.now();
    t.mock.method(performance, 'now', () => now + 300_000);
    await until(() => warmOf(pool) === 0 && factory.creating === 0);
    assert.equal(factory.alive.length, 1, 'the one that is leased');
    lease.release();
    await until(() => pool.stats().length === 0);
  });

  test('are limited by count and by memory', async () => {
    const byCount = setting({ warm: [{ spec: SPEC, count: 5 }], maxWarm: 2 });
    const byMemory = setting({ warm: [{ spec: SPEC, count: 5 }], maxWarmMemoryBytes: 3.5 * SPEC.limits.memoryBytes });
    for (const [{ factory, pool }, most] of [
      [byCount, 2],
      [byMemory, 3],
    ] as const) {
      await until(() => warmOf(pool) === most);
      assert.deepEqual([factory.made.length, factory.creating], [most, 0], 'the next one would have begun');
    }
  });

  test('that were created for a cancelled lease are kept only if there is room', async () => {
    const { factory, pool } = setting({ maxWarm: 0 });
    const abort = new AbortController();
    const leases = [1, 2, 3].map(() => pool.lease(SPEC, { tenant: 'a', signal: abort.signal }));
    abort.abort(new Error('gone'));
    for (const lease of leases) await assert.rejects(lease, /gone/);
    await until(() => factory.made.length > 0 && factory.alive.length === 0);
  });

  test('are not created while a run is in progress, but only for a limited time', async () => {
    const { factory, pool } = setting({ warm: [{ spec: SPEC, count: 1 }] });
    await until(() => warmOf(pool) === 1);
    await pool.lease(SPEC, NEVER);
    const leasedAtMs = performance.now();
    await until(() => factory.made.length === 2);
    const waitedMs = performance.now() - leasedAtMs;
    assert.ok(waitedMs >= 250, `${waitedMs} ms`);
    await until(() => warmOf(pool) === 1);
  });

  test('after a failure the engine is not asked again at once', async () => {
    const failedAtMs: number[] = [];
    const observer = { ...SILENT, creationFailed: () => void failedAtMs.push(performance.now()) };
    const { factory, pool } = setting({ warm: [{ spec: SPEC, count: 1 }], observer });
    factory.failure = new Error('no engine');
    await until(() => failedAtMs.length > 0);
    factory.failure = undefined;
    await until(() => warmOf(pool) === 1);
    assert.equal(failedAtMs.length, 1);
    const restedMs = performance.now() - (failedAtMs[0] ?? 0);
    assert.ok(restedMs >= 1000, `${restedMs} ms`);
  });

  test('are destroyed when the pool closes, and no more are created', async () => {
    const { factory, pool } = setting({ warm: [{ spec: SPEC, count: 3 }] });
    await until(() => factory.creating > 0);
    const lease = await pool.lease(SPEC, NEVER);
    await pool.close();
    assert.deepEqual(factory.alive, [lease.sandbox]);
    const { length } = factory.made;
    lease.release();
    await until(() => factory.alive.length === 0);
    assert.deepEqual([factory.made.length, factory.creating], [length, 0], 'nothing takes its place');
  });
});

test('a lease that is waiting when the pool closes fails', { timeout: 5000 }, async () => {
  const { factory, pool } = setting();
  const waiting = pool.lease(SPEC, NEVER);
  const refused = assert.rejects(waiting, (error) => error instanceof RunnerError && error.code === 'draining');
  await until(() => factory.creating === 1);
  await pool.close();
  await refused;
  assert.equal(factory.alive.length, 0);
});

test('random aborts: every lease is served or fails, no sandbox is leased twice, none is left', async () => {
  const { factory, pool } = setting({ warm: [{ spec: SPEC, count: 2 }], maxConcurrentCreations: 3 });
  let seed = 7;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const handedOut = new Set<string>();
  const clients = Array.from({ length: 200 }, async () => {
    // Random moments are what is tested.
    await sleep(random() * 150);
    const abort = new AbortController();
    if (random() < 0.3) setTimeout(() => abort.abort(new Error('gone')), random() * 20);
    try {
      const lease = await pool.lease(random() < 0.5 ? SPEC : OTHER, { tenant: 'a', signal: abort.signal });
      assert.ok(!handedOut.has(lease.sandbox.id), 'used once');
      handedOut.add(lease.sandbox.id);
      await sleep(random() * 10);
      lease.release();
    } catch (error) {
      assert.equal((error as Error).message, 'gone');
    }
  });
  await Promise.all(clients);
  await pool.close();
  assert.equal(factory.alive.length, 0);
  assert.ok(factory.mostAtOnce <= 3);
});
