import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxSpec } from '../../src/core/command.ts';
import { RunnerError } from '../../src/core/errors.ts';
import type { Pool } from '../../src/sandbox/pool.ts';
import type { PoolOptions } from '../../src/sandbox/pool-options.ts';
import { eventually } from '../eventually.ts';
import { MEBIBYTE, seededRandom } from '../fixtures.ts';
import { FakeContainers, giveBack, SPEC, use } from './fake-containers.ts';
import { setting, untilWarm, warmOf } from './pool-setting.ts';

const NEVER = new AbortController().signal;
const OTHER: SandboxSpec = { ...SPEC, image: 'code-runner-go' };
/** How many random histories are tried. */
const HISTORIES = 60;

function imageOf({ spec }: { readonly spec: SandboxSpec }): string {
  return spec.image;
}

describe('a container with cells', () => {
  test('serves one run of its tenant after the other, and nobody else', async () => {
    const { containers, pool, run } = setting();
    const first = await run('a');
    assert.equal(first.origin, 'cold');
    for (let again = 0; again < 5; again += 1) {
      await untilWarm(pool, 1);
      const { container, origin } = await run('a');
      assert.deepEqual([container, origin], [first.container, 'warm']);
    }
    await untilWarm(pool, 1);
    const other = await run('b');
    assert.notEqual(other.container, first.container);
    assert.ok(containers.alive.includes(first.container), 'it stays for its tenant');
  });

  test('of another spec serves nobody', async () => {
    const { pool, run } = setting();
    const first = await run('a');
    await untilWarm(pool, 1);
    assert.notEqual((await run('a', OTHER)).container, first.container);
    assert.notEqual((await run('a', { ...SPEC, isolation: 'container' })).container, first.container);
  });

  test('that its tenant waits for is not replaced by a new one', async () => {
    const { containers, lease } = setting();
    containers.nextMs = () => 40;
    const { lease: first, container } = await lease('a');
    giveBack(first);
    const next = await lease('a');
    assert.deepEqual([next.container, next.origin, containers.made.length], [container, 'warm', 1]);
  });

  test('that is about to be back leaves unused ones to others', async () => {
    const { containers, pool, lease } = setting({ warm: [{ spec: SPEC, count: 2 }] });
    containers.nextMs = () => 40;
    await untilWarm(pool, 2);
    const { lease: first, container } = await lease('a');
    giveBack(first);
    const [own, other] = await Promise.all([lease('a'), lease('b')]);
    assert.deepEqual([own.container, own.origin], [container, 'warm']);
    assert.deepEqual([other.origin, containers.made.length], ['warm', 2]);
  });

  test('that is lost on its way back is replaced by an unused one that is ready', async () => {
    const { containers, pool, lease } = setting({ warm: [{ spec: SPEC, count: 2 }] });
    containers.nextMs = () => 40;
    await untilWarm(pool, 2);
    const { lease: first, container } = await lease('a');
    container.isSpent = true;
    giveBack(first);
    const next = await lease('a');
    assert.notEqual(next.container, container);
    assert.equal(next.origin, 'warm');
  });

  test('leaves what is created meanwhile to others who wait', async () => {
    const { containers, lease } = setting();
    containers.nextMs = () => 80;
    const { lease: first, container } = await lease('a');
    giveBack(first);
    const [own, other] = await Promise.all([lease('a'), lease('b')]);
    assert.equal(own.container, container);
    assert.deepEqual([other.origin, containers.made.length], ['cold', 2]);
  });

  test('that is lost on its way back is replaced for the run that waits for it', async () => {
    const { containers, removed, lease } = setting();
    containers.nextMs = () => 20;
    const { lease: first, container } = await lease('a');
    container.isSpent = true;
    giveBack(first);
    const next = await lease('a');
    assert.notEqual(next.container, container);
    assert.equal(next.origin, 'cold');
    assert.deepEqual(removed, [SPEC.image]);
  });

  test('that ended while idle is not leased again', async () => {
    const { pool, run } = setting();
    const { container } = await run('a');
    await untilWarm(pool, 1);
    container.end();
    await untilWarm(pool, 0);
    assert.notEqual((await run('a')).container, container);
  });

  test('of an image that changed ends when its run has', async () => {
    const { containers, pool, lease, run } = setting();
    const { lease: leased, container } = await lease('a');
    const { container: returning } = await run('a');
    pool.invalidate(SPEC.image);
    await eventually(() => assert.equal(returning.isAlive, false));
    assert.ok(container.isAlive);
    giveBack(leased);
    await eventually(() => assert.equal(containers.alive.length, 0));
    assert.equal(warmOf(pool), 0);
  });

  test('ends when its tenant has stayed away and nobody is in demand of one', async (t) => {
    const { containers, pool, run } = setting();
    await run('a');
    await untilWarm(pool, 1);
    const now = performance.now();
    t.mock.method(performance, 'now', () => now + 300_000);
    await eventually(() => assert.equal(containers.alive.length, 0));
    await eventually(() => assert.deepEqual(pool.stats(), []));
  });

  test('gives way to one that was used later, where there is no room for both', async () => {
    const { containers, pool, run } = setting({ maxWarm: 2 });
    const first = await run('a');
    await untilWarm(pool, 1);
    const second = await run('b');
    await untilWarm(pool, 2);
    const third = await run('c');
    await eventually(() => assert.equal(first.container.isAlive, false));
    assert.deepEqual(containers.alive, [second.container, third.container]);
    await untilWarm(pool, 2);
  });

  test('is not kept where there is no room at all', async () => {
    for (const bounds of [{ maxWarm: 0 }, { maxWarmMemoryBytes: SPEC.limits.memoryBytes - 1 }]) {
      const { containers, run } = setting(bounds);
      await run('a');
      await eventually(() => assert.equal(containers.alive.length, 0));
    }
  });
});

describe('unused containers', () => {
  test('are ready for the next tenant a moment after a second one has come', async () => {
    const { containers, pool, run } = setting();
    for (const tenant of ['a', 'a', 'b', 'a', 'b']) await run(tenant);
    await untilWarm(pool, 3);
    assert.equal((await run('c')).origin, 'warm');
    await untilWarm(pool, 4);
    assert.equal((await run('d')).origin, 'warm');
    assert.equal(new Set(containers.made.map(({ tenant }) => tenant)).size, containers.made.length);
  });

  test('are not made for a tenant who is alone', async () => {
    const { containers, pool, run } = setting();
    for (let count = 0; count < 20; count += 1) {
      await run('a');
      await untilWarm(pool, 1);
    }
    await sleep(300);
    assert.equal(containers.made.length, 1);
  });

  test('are as many as the configuration says, and a tenant who uses them all needs no more', async () => {
    const { containers, pool, lease } = setting({ warm: [{ spec: SPEC, count: 2 }] });
    await untilWarm(pool, 2);
    for (let round = 0; round < 3; round += 1) {
      const leases = await Promise.all([lease('a'), lease('a')]);
      for (const { lease: taken, origin } of leases) {
        assert.equal(origin, 'warm');
        giveBack(taken);
      }
      await untilWarm(pool, 2);
    }
    await sleep(300);
    assert.equal(containers.made.length, 2);
  });

  test('are still there for others after a run of the service itself', async () => {
    const { containers, pool, lease, run } = setting({ warm: [{ spec: SPEC, count: 1 }] });
    await untilWarm(pool, 1);
    const canary = await pool.lease(SPEC, { tenant: 'canary', signal: NEVER, isLast: true });
    use(canary, 'canary', SPEC);
    giveBack(canary);
    await eventually(() => assert.deepEqual([containers.alive.length, warmOf(pool)], [1, 1]));
    const { origin, lease: taken } = await lease('a');
    assert.equal(origin, 'warm');
    giveBack(taken);
    await untilWarm(pool, 1);
    assert.equal((await run('a')).origin, 'warm');
    assert.equal(containers.made.length, 2, 'the canary is not another tenant for whom to keep one');
  });
});

describe('an unused container of a spec in little demand', () => {
  /** Four runs of SPEC leave an unused container. Then there are so many of OTHER. */
  async function contend(options: Partial<PoolOptions>, otherRuns: number) {
    const { containers, pool, lease, run } = setting(options);
    for (const tenant of ['a', 'b', 'a', 'b']) await run(tenant, { ...SPEC, isolation: 'container' });
    await untilWarm(pool, 1);
    const [unused] = containers.alive;
    for (let count = 0; count < otherRuns; count += 1) await run('a', { ...OTHER, isolation: 'container' });
    return { containers, pool, lease, unused };
  }

  for (const [what, bounds] of [
    ['containers', { maxWarm: 1 }],
    ['memory', { maxWarmMemoryBytes: SPEC.limits.memoryBytes }],
  ] as const) {
    test(`gives way to one in much demand where there is no room for more ${what}`, async () => {
      const { containers, lease, unused } = await contend(bounds, 12);
      await eventually(() => assert.equal(unused?.isAlive, false));
      await eventually(() => assert.deepEqual(containers.alive.map(imageOf), [OTHER.image]));
      assert.equal((await lease('c', { ...OTHER, isolation: 'container' })).origin, 'warm');
    });
  }

  test('stays where another is in about as much demand', async () => {
    const { containers, unused } = await contend({ maxWarm: 1 }, 6);
    await sleep(700);
    assert.deepEqual(containers.alive, [unused]);
  });

  test('stays where the configuration keeps it warm', async () => {
    const warm = [{ spec: { ...SPEC, isolation: 'container' as const }, count: 1 }];
    const { containers, unused } = await contend({ maxWarm: 1, warm }, 12);
    await sleep(700);
    assert.deepEqual([containers.alive.map(imageOf), unused?.spec.image], [[SPEC.image], SPEC.image]);
  });

  test('gives way to one that the configuration keeps warm', async () => {
    const { containers, run } = setting({ maxWarm: 1, warm: [{ spec: OTHER, count: 1 }] }, (made) => {
      made.check = () => {
        made.check = () => {};
        throw new RunnerError('engine_unavailable', 'no engine');
      };
    });
    for (const tenant of ['a', 'b', 'a', 'b']) await run(tenant, { ...SPEC, isolation: 'container' });
    await eventually(() => assert.deepEqual(containers.alive.map(imageOf), [SPEC.image]));
    await eventually(() => assert.deepEqual(containers.alive.map(imageOf), [OTHER.image]));
  });

  test('stays where there is room', async () => {
    const { containers, pool, unused } = await contend({ maxWarm: 2 }, 12);
    await untilWarm(pool, 2);
    assert.ok(unused && containers.alive.includes(unused));
  });
});

describe('where cells were asked for and cannot be had', () => {
  test('every run has a container of its own', async () => {
    const { containers, run } = setting();
    containers.isolationOf = () => 'container';
    const [first, second] = [await run('a'), await run('a')];
    assert.notEqual(first.container, second.container);
    await eventually(() => assert.deepEqual([first.container.isAlive, second.container.isAlive], [false, false]));
  });

  test('as many are kept warm as of containers that were asked for', async () => {
    const asked = setting();
    const fallback = setting();
    fallback.containers.isolationOf = () => 'container';
    for (let count = 0; count < 50; count += 1) {
      await asked.run('a', { ...SPEC, isolation: 'container' });
      await fallback.run('a');
    }
    await untilWarm(asked.pool, 2);
    await untilWarm(fallback.pool, 2);
  });
});

test('closing ends containers that are on their way back', async () => {
  const { containers, pool, lease, run } = setting();
  containers.nextMs = () => 50;
  const { lease: held } = await lease('a');
  await run('a');
  await run('b', OTHER);
  await pool.close();
  assert.deepEqual(
    containers.alive.map(({ isLeased }) => isLeased),
    [true],
  );
  giveBack(held);
  await pool.close();
  assert.equal(containers.alive.length, 0);
});

test('who waits for a container that comes back when the pool closes is told so', async () => {
  const { containers, pool, lease, run } = setting();
  containers.nextMs = () => 50;
  await run('a');
  const waiting = lease('a');
  const refused = assert.rejects(waiting, /shutting down/);
  await pool.close();
  await refused;
  assert.equal(containers.alive.length, 0);
});

/** One random history of a pool, and what must hold in every one. */
class History {
  readonly #seed: number;
  readonly #random: () => number;
  readonly #containers = new FakeContainers();
  readonly #specs: readonly SandboxSpec[];
  readonly #pool: Pool;
  readonly #maxWarm: number;
  readonly #maxWarmMemoryBytes: number;
  readonly #maxConcurrentCreations: number;
  #isClosed = false;
  /** How many leases ended in which way. */
  readonly outcomes = { leased: 0, aborted: 0, failed: 0, draining: 0 };

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
    this.#specs = [1, 2, 3].map((factor) => ({
      image: `code-runner-${factor}`,
      limits: { ...SPEC.limits, memoryBytes: factor * MEBIBYTE },
      isolation: this.#happens(0.8) ? 'cell' : 'container',
    }));
    this.#containers.changeMs = () => this.#upTo(10);
    this.#containers.canChange = () => this.#happens(0.8);
    this.#maxWarm = this.#upTo(7);
    this.#maxWarmMemoryBytes = this.#upTo(12) * MEBIBYTE;
    this.#maxConcurrentCreations = 1 + this.#upTo(3);
    this.#containers.creationMs = () => 1 + this.#upTo(8);
    this.#containers.nextMs = () => this.#upTo(10);
    this.#containers.check = () => {
      if (this.#happens(0.05)) throw new RunnerError('engine_unavailable', 'no engine');
    };
    const isRefused = this.#happens(0.2);
    this.#containers.isolationOf = ({ isolation }) => (isRefused && this.#happens(0.5) ? 'container' : isolation);
    this.#pool = setting({
      factory: this.#containers,
      maxConcurrentCreations: this.#maxConcurrentCreations,
      cellLimits: { ...SPEC.limits, memoryBytes: 2 * MEBIBYTE },
      warm: this.#specs.flatMap((spec) => (this.#happens(0.5) ? [{ spec, count: this.#upTo(3) }] : [])),
      maxWarm: this.#maxWarm,
      maxWarmMemoryBytes: this.#maxWarmMemoryBytes,
    }).pool;
  }

  async live(): Promise<void> {
    const watching = setInterval(() => this.#checkBounds(), 1).unref();
    const clients = Array.from({ length: 5 }, (_, index) => this.#tenant(`tenant ${index}`));
    const closesEarly = this.#happens(0.5);
    const accidents = this.#accidents(30);
    if (closesEarly) {
      await sleep(40);
      await this.#close();
    }
    await Promise.all([...clients.flat(), accidents]);
    await this.#close();
    clearInterval(watching);
    this.#checkBounds();
    this.#assertEnded();
  }

  /** Runs of one tenant, several at once. */
  #tenant(tenant: string): Promise<void>[] {
    return Array.from({ length: 3 }, async () => {
      for (let run = 0; run < 6; run += 1) await this.#run(tenant);
    });
  }

  async #run(tenant: string): Promise<void> {
    const client = new AbortController();
    if (this.#happens(0.15)) setTimeout(() => client.abort(new Error('client gone')), this.#upTo(15));
    try {
      const spec = this.#anySpec();
      const lease = await this.#pool.lease(spec, { tenant, signal: client.signal, isLast: this.#happens(0.05) });
      const container = use(lease, tenant, spec);
      container.isSpent = this.#happens(0.1);
      this.outcomes.leased += 1;
      await sleep(this.#upTo(8));
      giveBack(lease);
    } catch (error) {
      this.outcomes[this.#kindOf(error)] += 1;
    }
  }

  /** One of the specs, often with limits of its own. */
  #anySpec(): SandboxSpec {
    const spec = this.#pick(this.#specs);
    if (this.#happens(0.5)) return spec;
    return {
      ...spec,
      limits: { ...spec.limits, memoryBytes: (1 + this.#upTo(6)) * MEBIBYTE, pids: 1 + this.#upTo(3) },
    };
  }

  #kindOf(error: unknown): keyof typeof this.outcomes {
    if (error instanceof Error && error.message === 'client gone') return 'aborted';
    if (error instanceof RunnerError && error.detail === 'no engine') return 'failed';
    if (error instanceof RunnerError && error.code === 'draining' && this.#isClosed) return 'draining';
    throw error;
  }

  /** Containers die, images change. */
  async #accidents(count: number): Promise<void> {
    for (let accident = 0; accident < count; accident += 1) {
      await sleep(this.#upTo(6));
      if (this.#happens(0.6) && this.#containers.alive.length > 0) this.#pick(this.#containers.alive).end();
      else if (this.#happens(0.5)) this.#changeImage(this.#pick(this.#specs).image);
    }
  }

  #changeImage(image: string): void {
    this.#pool.invalidate(image);
    for (const container of this.#containers.made) if (container.spec.image === image) container.isOutdated = true;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.close();
  }

  #checkBounds(): void {
    const stats = this.#pool.stats();
    const count = stats.reduce((sum, { warm }) => sum + warm, 0);
    const bytes = stats.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    assert.ok(count <= this.#maxWarm, `${count} are ready, ${this.#maxWarm} allowed; ${this}`);
    assert.ok(bytes <= this.#maxWarmMemoryBytes, `${bytes} bytes are promised; ${this}`);
  }

  #assertEnded(): void {
    const left = this.#containers.alive.map(({ id, isLeased }) => ({ id, isLeased }));
    assert.deepEqual(left, [], `containers are left; ${this}`);
    assert.equal(this.#pool.longestStartMs, 0, `${this}`);
    assert.ok(this.#containers.mostAtOnce <= this.#maxConcurrentCreations, `${this}`);
  }

  #happens(probability: number): boolean {
    return this.#random() < probability;
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#upTo(values.length)] as T;
  }

  toString(): string {
    return `seed ${this.#seed}`;
  }
}

test('whatever happens when: a container serves one tenant, one run at a time, everyone is answered, and nothing is left', {
  timeout: 60_000,
}, async () => {
  const histories = Array.from({ length: HISTORIES }, (_, seed) => new History(seed));
  await Promise.all(histories.map((history) => history.live()));
  const sum = (kind: keyof History['outcomes']) => histories.reduce((total, { outcomes }) => total + outcomes[kind], 0);
  for (const kind of ['leased', 'aborted', 'failed', 'draining'] as const)
    assert.ok(sum(kind) > 10, `${sum(kind)} leases ended with ${kind}`);
});
