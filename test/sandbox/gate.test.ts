import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { Gate } from '../../src/sandbox/gate.ts';
import { seededRandom } from '../fixtures.ts';

const NEVER = new AbortController().signal;

interface JobOptions {
  readonly id: number;
  readonly tenant?: string | undefined;
  readonly onStart?: (job: Job) => void;
}

/** Work that continues until the test ends it. */
class Job {
  readonly id: number;
  readonly tenant: string | undefined;
  readonly abort = new AbortController();
  started = false;
  settled: 'fulfilled' | 'rejected' | undefined;
  #end: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(gate: Gate, { id, tenant, onStart }: JobOptions) {
    this.id = id;
    this.tenant = tenant;
    const work = () => {
      this.started = true;
      onStart?.(this);
      return new Promise<void>((resolve, reject) => {
        this.#end = { resolve, reject };
      });
    };
    gate.run(work, { signal: this.abort.signal, ...(tenant === undefined ? {} : { tenant }) }).then(
      () => {
        this.settled = 'fulfilled';
      },
      () => {
        this.settled = 'rejected';
      },
    );
  }

  get isInside(): boolean {
    return this.started && this.settled === undefined;
  }

  get isQueued(): boolean {
    return !this.started && this.settled === undefined;
  }

  end(): void {
    this.#end?.resolve();
  }

  fail(): void {
    this.#end?.reject(new Error('work failed'));
  }
}

type Tenants = readonly (string | undefined)[];

/** One random history of starts, ends, failures and aborts, checked after every step. */
async function checkHistory(seed: number, tenants: Tenants): Promise<void> {
  const random = seededRandom(seed);
  const capacity = 1 + Math.floor(random() * 4);
  const tenantCapacity = tenants.length === 1 ? capacity : 1 + Math.floor(random() * capacity);
  const gate = new Gate(capacity, tenantCapacity);
  const jobs: Job[] = [];
  const starts: Job[] = [];
  const pick = (candidates: Job[]) => candidates[Math.floor(random() * candidates.length)];
  const arrive = () => {
    const tenant = tenants[Math.floor(random() * tenants.length)];
    jobs.push(new Job(gate, { id: jobs.length, tenant, onStart: (job) => starts.push(job) }));
  };
  const turnAway = () => {
    const tenant = gate.longestQueue();
    if (tenant === undefined) return;
    const longest = Math.max(...tenants.map((name) => gate.queuedOf(name ?? '')));
    assert.equal(gate.queuedOf(tenant), longest, `seed ${seed}: not the longest queue`);
    gate.rejectNewest(tenant, new Error('turned away'));
    assert.equal(gate.queuedOf(tenant), longest - 1, `seed ${seed}: nobody was turned away`);
  };
  const steps = [
    arrive,
    arrive,
    turnAway,
    () => pick(jobs.filter((job) => job.isInside))?.end(),
    () => pick(jobs.filter((job) => job.isInside))?.fail(),
    () => pick(jobs.filter((job) => job.isQueued))?.abort.abort(new Error('given up')),
    () => pick(jobs.filter((job) => job.isInside))?.abort.abort(new Error('given up while inside')),
  ];
  for (let step = 0; step < 60; step += 1) {
    // Several things may happen in one turn, in any order.
    for (let burst = 0; burst <= random() * 3; burst += 1) steps[Math.floor(random() * steps.length)]?.();
    await tick();
    const inside = jobs.filter((job) => job.isInside).length;
    const queued = jobs.filter((job) => job.isQueued).length;
    const told = `seed ${seed}, step ${step}`;
    assert.equal(gate.running, inside, `${told}: running`);
    assert.equal(gate.queued, queued, `${told}: queued`);
    assert.ok(inside <= capacity, `${told}: over capacity`);
    for (const tenant of tenants) {
      const insideOf = jobs.filter((job) => job.isInside && job.tenant === tenant).length;
      assert.ok(insideOf <= tenantCapacity, `${told}: over the capacity of a tenant`);
      const couldStart = inside < capacity && insideOf < tenantCapacity;
      const waits = waitingOf(jobs, tenant).length > 0;
      assert.ok(!(waits && couldStart), `${told}: a slot is free while somebody waits who could have it`);
    }
  }
  for (const tenant of tenants) {
    const ids = starts.filter((job) => job.tenant === tenant).map(({ id }) => id);
    const sorted = ids.toSorted((a, b) => a - b);
    assert.deepEqual(ids, sorted, `seed ${seed}: not first come first served within a tenant`);
  }
  let isIdle = false;
  const idle = gate.whenIdle().then(() => {
    isIdle = true;
  });
  while (gate.running > 0) {
    assert.equal(isIdle, false, `seed ${seed}: idle while work is inside`);
    for (const job of jobs.filter((candidate) => candidate.isInside)) job.end();
    await tick();
  }
  await idle;
  assert.ok(jobs.every((job) => job.settled !== undefined));
  assert.equal(gate.queued, 0);
  assert.deepEqual(
    [gate.queuedTenants, ...tenants.map((tenant) => gate.runningOf(tenant ?? ''))],
    [0, ...tenants.map(() => 0)],
  );
}

function waitingOf(jobs: readonly Job[], tenant: string | undefined): Job[] {
  return jobs.filter((job) => job.isQueued && job.tenant === tenant);
}

test('300 random histories: never over capacity, no slot lost, first come first served', async () => {
  for (let seed = 1; seed <= 300; seed += 1) await checkHistory(seed, [undefined]);
});

test('300 random histories of three tenants: no tenant over its capacity, no slot lost, in order within a tenant', async () => {
  for (let seed = 1; seed <= 300; seed += 1) await checkHistory(seed, ['a', 'b', 'c']);
});

test('a tenant with a long queue delays another tenant by one turn only', async () => {
  const gate = new Gate(1);
  const starts: (string | undefined)[] = [];
  const jobOf = (tenant: string) => new Job(gate, { id: 0, tenant, onStart: () => void starts.push(tenant) });
  const jobs = Array.from({ length: 200 }, () => jobOf('flood'));
  jobs.push(jobOf('other'), jobOf('third'));
  for (let turn = 0; turn < 4; turn += 1) {
    jobs.find((job) => job.isInside)?.end();
    await tick();
  }
  assert.deepEqual(starts, ['flood', 'flood', 'other', 'third', 'flood']);
  for (const job of jobs) job.abort.abort();
  jobs.find((job) => job.isInside)?.end();
  await gate.whenIdle();
});

test('a tenant at its capacity waits even if slots are free, and others overtake it', async () => {
  const gate = new Gate(3, 1);
  const [first, second] = [0, 1].map((id) => new Job(gate, { id, tenant: 'a' }));
  const other = new Job(gate, { id: 2, tenant: 'b' });
  await tick();
  assert.deepEqual([first?.isInside, second?.isInside, other.isInside], [true, false, true]);
  assert.deepEqual([gate.isFull, gate.hasSlotFor('a'), gate.hasSlotFor('c')], [false, false, true]);
  other.end();
  await tick();
  assert.equal(second?.isInside, false, 'a slot that another tenant frees does not help');
  first?.end();
  await tick();
  assert.equal(second?.isInside, true);
  second?.end();
  await gate.whenIdle();
});

test('rejectNewest rejects the work that arrived last, with the reason', async () => {
  const gate = new Gate(1);
  const holder = new Job(gate, { id: 0, tenant: 'a' });
  const older = new Job(gate, { id: 1, tenant: 'a' });
  const newest = gate.run(async () => assert.fail('must not run'), { tenant: 'a', signal: NEVER });
  const reason = new Error('make room');
  gate.rejectNewest('a', reason);
  await assert.rejects(newest, (error) => error === reason);
  assert.deepEqual([older.isQueued, gate.queued], [true, 1]);
  holder.end();
  await tick();
  older.end();
  await gate.whenIdle();
});

test('an aborted waiter leaves at once and rejects with the reason', async () => {
  const gate = new Gate(1);
  const holder = new Job(gate, { id: 0 });
  const abort = new AbortController();
  const waiter = gate.run(async () => assert.fail('must not run'), { signal: abort.signal });
  await tick();
  assert.equal(gate.queued, 1);
  const reason = new Error('gone');
  abort.abort(reason);
  assert.equal(gate.queued, 0);
  await assert.rejects(waiter, (error) => error === reason);
  assert.equal(gate.running, 1);
  holder.end();
  await gate.whenIdle();
});

test('an already aborted signal rejects without entering', async () => {
  const gate = new Gate(1);
  await assert.rejects(
    gate.run(async () => assert.fail('must not run'), { signal: AbortSignal.abort(new Error('gone')) }),
    /gone/,
  );
  assert.equal(gate.running, 0);
});

test('the slot is freed if work throws before its first await', async () => {
  const gate = new Gate(1);
  const work = () => {
    throw new Error('at once');
  };
  await assert.rejects(gate.run(work, { signal: NEVER }), /at once/);
  assert.equal(await gate.run(async () => 7, { signal: NEVER }), 7);
});

test('whenIdle resolves at once if nothing is running, and for all callers', async () => {
  const gate = new Gate(1);
  await gate.whenIdle();
  const job = new Job(gate, { id: 0 });
  await tick();
  const both = Promise.all([gate.whenIdle(), gate.whenIdle()]);
  job.end();
  await both;
});
