import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { RunnerError } from '../../src/core/errors.ts';
import { Admission, type AdmissionOptions, type Applicant, type ShedReason } from '../../src/sandbox/admission.ts';
import { seededRandom } from '../fixtures.ts';

const ANYBODY = { tenant: 'somebody', signal: new AbortController().signal };

function admission(changes: Partial<AdmissionOptions> = {}): Admission {
  return new Admission({
    maxConcurrentRuns: 1,
    maxConcurrentRunsPerTenant: Number.POSITIVE_INFINITY,
    maxQueue: 1,
    maxQueuePerTenant: Number.POSITIVE_INFINITY,
    queueTimeoutMs: 10_000,
    ...changes,
  });
}

function isCode(code: RunnerError['code']) {
  return (error: unknown) => error instanceof RunnerError && error.code === code;
}

/** Takes a slot, or a place in the queue, until it is released. */
function occupy(gate: Admission, applicant: Partial<Applicant> = {}) {
  let letGo = () => {};
  const work = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const done = gate.admit(() => work, { ...ANYBODY, ...applicant });
  return { letGo, done };
}

test('a full queue refuses runs at once, with Retry-After', async () => {
  const gate = admission();
  const inside = occupy(gate);
  const queued = occupy(gate);
  await tick();
  assert.equal(gate.isQueueFull, true);
  await assert.rejects(
    gate.admit(async () => assert.fail('must not run'), ANYBODY),
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
  assert.equal(await gate.admit(async () => 'again', ANYBODY), 'again');
});

test('without a queue, only runs that find a free slot are admitted', async () => {
  const gate = admission({ maxQueue: 0 });
  const inside = occupy(gate);
  await assert.rejects(
    gate.admit(async () => 0, ANYBODY),
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
  const longerThanTheQueueMs = 40;
  assert.equal(await gate.admit(() => sleep(longerThanTheQueueMs, 'ran'), ANYBODY), 'ran');
});

test('a cancelled run leaves the queue at once, with its own reason', async () => {
  const gate = admission();
  const inside = occupy(gate);
  const abort = new AbortController();
  const queued = occupy(gate, { signal: abort.signal });
  await tick();
  const reason = new Error('client gone');
  abort.abort(reason);
  assert.equal(gate.queued, 0);
  await assert.rejects(queued.done, (error) => error === reason);
  inside.letGo();
  await inside.done;
});

test('a run is passed the time that it waited', async (t) => {
  let nowMs = Math.ceil(performance.now());
  t.mock.method(performance, 'now', () => nowMs);
  const gate = admission();
  const inside = occupy(gate);
  const queueMs = gate.admit(async (waitedMs) => waitedMs, ANYBODY);
  nowMs += 30;
  inside.letGo();
  assert.equal(await queueMs, 30);
  assert.equal(await gate.admit(async (waitedMs) => waitedMs, ANYBODY), 0);
});

test('a run that waits is told its position; one that starts or is refused at once is told nothing', async () => {
  const gate = admission({ maxQueue: 2 });
  const positions: string[] = [];
  const applicant = (name: string) => ({ onQueued: (position: number) => void positions.push(`${name} ${position}`) });
  const runs = ['first', 'second', 'third'].map((name) => occupy(gate, applicant(name)));
  await assert.rejects(occupy(gate, applicant('fourth')).done, isCode('over_capacity'));
  for (const { letGo } of runs) letGo();
  await Promise.all(runs.map(({ done }) => done));
  assert.deepEqual(positions, ['second 1', 'third 2']);
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
    gate.admit(async () => 0, ANYBODY),
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
    const refusal = await gate.admit(async () => 0, ANYBODY).catch((error: unknown) => error);
    for (const { letGo } of occupants) letGo();
    await Promise.all(occupants.map(({ done }) => done));
    assert.ok(refusal instanceof RunnerError);
    return refusal.retryAfterMs ?? 0;
  };
  assert.ok((await retryAfter()) > 3000, 'four rounds of one second, the initial estimate');
  for (let run = 0; run < 60; run += 1) await gate.admit(async () => undefined, ANYBODY);
  assert.equal(await retryAfter(), 1000);
});

/** Submits a run of this tenant that must be refused. */
async function refusalOf(gate: Admission, tenant: string): Promise<RunnerError> {
  const error = await gate
    .admit(async () => assert.fail('must not run'), { ...ANYBODY, tenant })
    .catch((thrown: unknown) => thrown);
  assert.ok(error instanceof RunnerError && error.code === 'over_capacity', String(error));
  return error;
}

/** Ends all runs and waits until they have ended. */
async function letAllGo(occupants: readonly ReturnType<typeof occupy>[]): Promise<void> {
  for (const { letGo } of occupants) letGo();
  await Promise.allSettled(occupants.map(({ done }) => done));
}

/** An observer that remembers the reasons it gets. */
function shedding(): { readonly shed: ShedReason[]; readonly observer: AdmissionOptions['observer'] & object } {
  const shed: ShedReason[] = [];
  return { shed, observer: { shed: (reason) => shed.push(reason) } };
}

test('a tenant whose own queue is full gets an error that says so, and other tenants can still queue', async () => {
  const { shed, observer } = shedding();
  const gate = admission({ maxQueue: 10, maxQueuePerTenant: 2, observer });
  const flood = [1, 2, 3].map(() => occupy(gate, { tenant: 'flood' }));
  assert.match((await refusalOf(gate, 'flood')).detail, /queue of this tenant is full.*its own runs/);
  assert.equal(gate.isQueueFull, false);
  const other = occupy(gate, { tenant: 'other' });
  assert.equal(gate.queued, 3);
  assert.deepEqual(shed, ['tenant']);
  await letAllGo([...flood, other]);
});

test('without a queue limit per tenant, a full queue is the reason', async () => {
  const { shed, observer } = shedding();
  const gate = admission({ maxQueue: 1, maxQueuePerTenant: 1, observer });
  const occupants = [occupy(gate), occupy(gate)];
  assert.match((await refusalOf(gate, ANYBODY.tenant)).detail, /^Too many runs are waiting/);
  assert.deepEqual(shed, ['service']);
  await letAllGo(occupants);
});

test('Retry-After depends on the queue of the tenant and on its share of the slots', async () => {
  const gate = admission({ maxConcurrentRuns: 4, maxConcurrentRunsPerTenant: 1, maxQueue: 100, maxQueuePerTenant: 3 });
  const others = Array.from({ length: 20 }, (_, at) => occupy(gate, { tenant: `other-${at % 7}` }));
  const flood = [1, 2, 3].map(() => occupy(gate, { tenant: 'flood' }));
  const { retryAfterMs } = await refusalOf(gate, 'flood');
  // Eight tenants share four slots, so each has half a slot. The next run would be the fourth.
  assert.equal(retryAfterMs, 8000);
  await letAllGo([...others, ...flood]);
  const alone = admission({ maxConcurrentRuns: 4, maxConcurrentRunsPerTenant: 2, maxQueue: 100, maxQueuePerTenant: 3 });
  const own = [1, 2, 3, 4, 5].map(() => occupy(alone, { tenant: 'flood' }));
  assert.equal((await refusalOf(alone, 'flood')).retryAfterMs, 2000);
  await letAllGo(own);
});

test('a tenant stays within its limit of runs, and the other slots stay free for others', async () => {
  const gate = admission({ maxConcurrentRuns: 3, maxConcurrentRunsPerTenant: 2, maxQueue: 5 });
  const flood = [1, 2, 3, 4].map(() => occupy(gate, { tenant: 'flood' }));
  assert.deepEqual([gate.running, gate.queued], [2, 2]);
  assert.equal(await gate.admit(async () => 'at once', { ...ANYBODY, tenant: 'other' }), 'at once');
  await letAllGo(flood);
});

test('a full queue does not keep out a tenant whose run can start at once', async () => {
  const gate = admission({ maxConcurrentRuns: 2, maxConcurrentRunsPerTenant: 1, maxQueue: 1 });
  const flood = [1, 2].map(() => occupy(gate, { tenant: 'flood' }));
  assert.equal(gate.isQueueFull, false);
  assert.equal(await gate.admit(async () => 'at once', { ...ANYBODY, tenant: 'other' }), 'at once');
  assert.match((await refusalOf(gate, 'flood')).detail, /^Too many runs are waiting/);
  await letAllGo(flood);
});

test('if the queue is full, the newest run of the longest queue makes room for another tenant', async () => {
  const { shed, observer } = shedding();
  const gate = admission({ maxQueue: 3, observer });
  const flood = [0, 1, 2, 3].map(() => occupy(gate, { tenant: 'flood' }));
  const other = occupy(gate, { tenant: 'other' });
  await assert.rejects(flood[3]?.done ?? assert.fail(), isCode('over_capacity'));
  assert.deepEqual([gate.queued, shed], [3, ['tenant']]);
  // Two runs of one tenant and one of the other wait: an exchange would only swap them.
  assert.match((await refusalOf(gate, 'other')).detail, /^Too many runs are waiting/);
  assert.match((await refusalOf(gate, 'flood')).detail, /^Too many runs are waiting/);
  const third = occupy(gate, { tenant: 'third' });
  await assert.rejects(flood[2]?.done ?? assert.fail(), isCode('over_capacity'));
  assert.deepEqual(shed, ['tenant', 'service', 'service', 'tenant']);
  // Three tenants wait with one run each, so none has to make room.
  await refusalOf(gate, 'fourth');
  await letAllGo([...flood, other, third]);
  assert.deepEqual([gate.running, gate.queued], [0, 0]);
});

test('the error after a long wait says whether the tenant or the service had no slot', async () => {
  const { shed, observer } = shedding();
  const gate = admission({
    maxConcurrentRuns: 2,
    maxConcurrentRunsPerTenant: 1,
    maxQueue: 5,
    queueTimeoutMs: 20,
    observer,
  });
  const inside = occupy(gate, { tenant: 'a' });
  assert.match((await refusalOf(gate, 'a')).detail, /its own runs/);
  const other = occupy(gate, { tenant: 'b' });
  assert.match((await refusalOf(gate, 'c')).detail, /^Too many runs are waiting/);
  assert.deepEqual(shed, ['tenant', 'service']);
  await letAllGo([inside, other]);
});

/** The error that a run of a random history may end with. */
function expectedFailure(error: unknown): string {
  if (isCode('over_capacity')(error)) return 'over_capacity';
  if (error instanceof Error && /^(failed|given up)$/.test(error.message)) return error.message;
  throw error;
}

/** One random history of runs that end, fail or are cancelled. Checks the limits after every arrival. */
async function checkHistory(seed: number, tenants: readonly string[]): Promise<void> {
  const random = seededRandom(seed);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const { shed, observer } = shedding();
  const options = {
    maxConcurrentRuns: 1 + upTo(2),
    maxQueue: upTo(3),
    ...(tenants.length > 1 ? { maxConcurrentRunsPerTenant: 1 + upTo(2), maxQueuePerTenant: upTo(3) } : {}),
    observer,
  };
  const { maxConcurrentRunsPerTenant = Number.POSITIVE_INFINITY } = options;
  const gate = admission(options);
  const answers: Promise<unknown>[] = [];
  const inside: string[] = [];
  for (let arrival = 0; arrival < 30; arrival += 1) {
    const abort = new AbortController();
    const tenant = tenants[upTo(tenants.length - 1)] ?? '';
    const work = async () => {
      inside.push(tenant);
      const ofTenant = inside.filter((one) => one === tenant).length;
      assert.ok(inside.length <= options.maxConcurrentRuns, `seed ${seed}: too many inside`);
      assert.ok(ofTenant <= maxConcurrentRunsPerTenant, `seed ${seed}: too many of one tenant inside`);
      for (let turn = random() * 4; turn > 0; turn -= 1) await tick();
      inside.splice(inside.indexOf(tenant), 1);
      if (random() < 0.2) throw new Error('failed');
    };
    answers.push(gate.admit(work, { tenant, signal: abort.signal }).catch(expectedFailure));
    assert.ok(gate.queued <= options.maxQueue, `seed ${seed}: too many queued`);
    if (random() < 0.3) setImmediate(() => abort.abort(new Error('given up')));
    if (random() < 0.5) await tick();
  }
  const ends = await Promise.all(answers);
  assert.deepEqual([gate.running, gate.queued, inside], [0, 0, []], `seed ${seed}`);
  assert.equal(
    shed.length,
    ends.filter((end) => end === 'over_capacity').length,
    `seed ${seed}: every refusal is observed`,
  );
}

test('200 random histories: the limits hold and every run ends once', async () => {
  for (let seed = 1; seed <= 200; seed += 1) await checkHistory(seed, ['somebody']);
});

test('200 random histories of three tenants: the limits per tenant hold', async () => {
  for (let seed = 1; seed <= 200; seed += 1) await checkHistory(seed, ['a', 'b', 'c']);
});
