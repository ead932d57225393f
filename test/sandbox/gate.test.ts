import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { Gate } from '../../src/sandbox/gate.ts';
import { seededRandom } from '../fixtures.ts';

const NEVER = new AbortController().signal;

/** Work that continues until the test ends it. */
class Job {
  readonly id: number;
  readonly abort = new AbortController();
  started = false;
  settled: 'fulfilled' | 'rejected' | undefined;
  #end: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(id: number, gate: Gate, onStart: (job: Job) => void) {
    this.id = id;
    const work = () => {
      this.started = true;
      onStart(this);
      return new Promise<void>((resolve, reject) => {
        this.#end = { resolve, reject };
      });
    };
    gate.run(work, { signal: this.abort.signal }).then(
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

/** One random history of starts, ends, failures and aborts, checked after every step. */
async function checkHistory(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const capacity = 1 + Math.floor(random() * 4);
  const gate = new Gate(capacity);
  const jobs: Job[] = [];
  const starts: number[] = [];
  const pick = (candidates: Job[]) => candidates[Math.floor(random() * candidates.length)];
  const steps = [
    () => jobs.push(new Job(jobs.length, gate, (job) => starts.push(job.id))),
    () => jobs.push(new Job(jobs.length, gate, (job) => starts.push(job.id))),
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
    assert.ok(queued === 0 || inside === capacity, `${told}: a slot is free while somebody waits`);
  }
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
    `seed ${seed}: not first come first served`,
  );
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
}

test('300 random histories: never over capacity, no slot lost, first come first served', async () => {
  for (let seed = 1; seed <= 300; seed += 1) await checkHistory(seed);
});

test('an aborted waiter leaves at once and rejects with the reason', async () => {
  const gate = new Gate(1);
  const holder = new Job(0, gate, () => undefined);
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
  const job = new Job(0, gate, () => undefined);
  await tick();
  const both = Promise.all([gate.whenIdle(), gate.whenIdle()]);
  job.end();
  await both;
});
