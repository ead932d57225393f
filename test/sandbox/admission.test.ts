import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { RunnerError } from '../../src/core/errors.ts';
import { Admission } from '../../src/sandbox/admission.ts';
import { seededRandom } from '../fixtures.ts';

const NEVER = new AbortController().signal;

function admission(changes: Partial<ConstructorParameters<typeof Admission>[0]> = {}): Admission {
  return new Admission({ maxConcurrentRuns: 1, maxQueue: 1, queueTimeoutMs: 10_000, ...changes });
}

function isCode(code: RunnerError['code']) {
  return (error: unknown) => error instanceof RunnerError && error.code === code;
}

/** Takes a slot, or a place in the queue, until it is released. */
function occupy(gate: Admission, signal = NEVER) {
  let letGo = () => {};
  const work = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const done = gate.admit(() => work, signal);
  return { letGo, done };
}

test('a full queue refuses runs at once, with Retry-After', async () => {
  const gate = admission();
  const inside = occupy(gate);
  const queued = occupy(gate);
  await tick();
  assert.equal(gate.isQueueFull, true);
  await assert.rejects(
    gate.admit(async () => assert.fail('must not run'), NEVER),
    (error) => {
      assert.ok(error instanceof RunnerError);
      assert.equal(error.code, 'over_capacity');
      assert.ok((error.retryAfterMs ?? 0) >= 1000);
      return true;
    },
  );
  inside.letGo();
  queued.letGo();
  await Promise.all([inside.done, queued.done]);
  assert.equal(gate.isQueueFull, false);
  assert.equal(await gate.admit(async () => 'again', NEVER), 'again');
});

test('without a queue, only runs that find a free slot are admitted', async () => {
  const gate = admission({ maxQueue: 0 });
  const inside = occupy(gate);
  await assert.rejects(
    gate.admit(async () => 0, NEVER),
    isCode('over_capacity'),
  );
  inside.letGo();
  await inside.done;
});

test('a run that waits too long is refused, and its place is freed', async () => {
  const gate = admission({ queueTimeoutMs: 20 });
  const inside = occupy(gate);
  await assert.rejects(occupy(gate).done, isCode('over_capacity'));
  assert.equal(gate.queued, 0);
  assert.equal(gate.running, 1);
  inside.letGo();
  await inside.done;
});

test('the queue timeout does not affect a run that has started', async () => {
  const gate = admission({ queueTimeoutMs: 10 });
  assert.equal(await gate.admit(() => sleep(40, 'ran'), NEVER), 'ran');
});

test('a cancelled run leaves the queue at once, with its own reason', async () => {
  const gate = admission();
  const inside = occupy(gate);
  const abort = new AbortController();
  const queued = occupy(gate, abort.signal);
  await tick();
  const reason = new Error('client gone');
  abort.abort(reason);
  assert.equal(gate.queued, 0);
  await assert.rejects(queued.done, (error) => error === reason);
  inside.letGo();
  await inside.done;
});

test('work gets the time that it waited', async () => {
  const gate = admission();
  const inside = occupy(gate);
  const queueMs = gate.admit(async (waitedMs) => waitedMs, NEVER);
  await sleep(30);
  inside.letGo();
  assert.ok((await queueMs) >= 25);
  assert.ok((await gate.admit(async (waitedMs) => waitedMs, NEVER)) < 25);
});

test('draining: new runs are refused, running and queued runs finish', async () => {
  const gate = admission();
  const inside = occupy(gate);
  const queued = occupy(gate);
  await tick();
  let isDrained = false;
  const drained = gate.drain().then(() => {
    isDrained = true;
  });
  assert.equal(gate.isDraining, true);
  await assert.rejects(
    gate.admit(async () => 0, NEVER),
    isCode('draining'),
  );
  inside.letGo();
  await inside.done;
  await tick();
  assert.equal(isDrained, false);
  queued.letGo();
  await queued.done;
  await drained;
});

test('Retry-After grows with the queue and with the duration of runs', async () => {
  const gate = admission({ maxQueue: 3 });
  const retryAfter = async () => {
    const occupants = [occupy(gate), occupy(gate), occupy(gate), occupy(gate)];
    await tick();
    const refusal = await gate.admit(async () => 0, NEVER).catch((error: unknown) => error);
    for (const { letGo } of occupants) letGo();
    await Promise.all(occupants.map(({ done }) => done));
    assert.ok(refusal instanceof RunnerError);
    return refusal.retryAfterMs ?? 0;
  };
  assert.ok((await retryAfter()) > 3000, 'four rounds of one second, the initial estimate');
  for (let run = 0; run < 60; run += 1) await gate.admit(async () => undefined, NEVER);
  assert.equal(await retryAfter(), 1000);
});

/** The errors that a run of a random history may end with. */
function expectedFailure(error: unknown): void {
  const isExpected =
    isCode('over_capacity')(error) || (error instanceof Error && /^(failed|given up)$/.test(error.message));
  if (!isExpected) throw error;
}

test('200 random histories: the limits hold and every run is answered once', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seededRandom(seed);
    const options = { maxConcurrentRuns: 1 + Math.floor(random() * 3), maxQueue: Math.floor(random() * 4) };
    const gate = admission(options);
    const answers: Promise<unknown>[] = [];
    let inside = 0;
    for (let arrival = 0; arrival < 30; arrival += 1) {
      const abort = new AbortController();
      const work = async () => {
        inside += 1;
        assert.ok(inside <= options.maxConcurrentRuns, `seed ${seed}: too many inside`);
        for (let turn = random() * 4; turn > 0; turn -= 1) await tick();
        inside -= 1;
        if (random() < 0.2) throw new Error('failed');
      };
      answers.push(gate.admit(work, abort.signal).catch(expectedFailure));
      assert.ok(gate.queued <= options.maxQueue, `seed ${seed}: too many queued`);
      if (random() < 0.3) setImmediate(() => abort.abort(new Error('given up')));
      if (random() < 0.5) await tick();
    }
    await Promise.all(answers);
    assert.deepEqual([gate.running, gate.queued, inside], [0, 0, 0], `seed ${seed}`);
  }
});
