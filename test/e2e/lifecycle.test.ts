import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { Service } from './service.ts';

const SLEEPER = { code: 'import time; print("started", flush=True); time.sleep(60)', timeout: 60, args: ['sleeper'] };
/** A sandbox is gone within a second after its end. The test allows a little more. */
const GONE_WITHIN_MS = 1500;
/** A sandbox that is still being created is created completely before it is removed. */
const MADE_AND_GONE_WITHIN_MS = 5000;

async function noContainers(service: Service, withinMs = GONE_WITHIN_MS): Promise<void> {
  await eventually(async () => assert.equal(await service.containers(), 0), withinMs);
}

/** Waits until the programs of this many runs have started. */
async function inProgress(service: Service, count: number): Promise<void> {
  await service.untilProcesses(/ sleeper$/, count);
  assert.equal(await service.metric('code_runner_runs_in_progress'), count);
}

async function queueHas(service: Service, count: number): Promise<void> {
  await eventually(async () => assert.equal(await service.metric('code_runner_queue_depth'), count));
}

describe('a run leaves nothing behind', () => {
  test('when its client disconnects, the sandbox is gone within a second', async () => {
    await using service = await Service.start({ RUNTIMES: 'python' });
    const client = new AbortController();
    const answer = service.post(SLEEPER, { signal: client.signal });
    answer.catch(() => undefined);
    await inProgress(service, 1);
    client.abort();
    await assert.rejects(answer, { name: 'AbortError' });
    await noContainers(service);
    await eventually(async () => assert.match(service.log.join('\n'), /"reason":"client-gone"/), 1000);
    assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
    assert.equal(await service.stop(), 0);
  });

  test('when its client disconnects while the sandbox is being created or the run is queued', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', MAX_CONCURRENT_RUNS: '1' });
    const clients = [1, 2, 3, 4].map(() => {
      const client = new AbortController();
      const answer = service.post(SLEEPER, { signal: client.signal });
      return { client, cancelled: assert.rejects(answer, { name: 'AbortError' }) };
    });
    // The last one leaves while it is queued. The others leave one by one as soon as they have a slot.
    for (const [queued, { client, cancelled }] of [...clients.entries()].reverse()) {
      await queueHas(service, queued);
      client.abort();
      await cancelled;
    }
    await noContainers(service, MADE_AND_GONE_WITHIN_MS);
    assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
    assert.equal(await service.stop(), 0);
  });

  test('a second after kill -9 of the service', async () => {
    await using service = await Service.start({ RUNTIMES: 'python' });
    const runs = [1, 2, 3].map(() => service.post(SLEEPER).catch(() => undefined));
    await inProgress(service, 3);
    await service.stop('SIGKILL');
    await Promise.all(runs);
    await noContainers(service);
  });

  test('after kill -9 while a program does not read megabytes of stdin', async () => {
    await using service = await Service.start({ RUNTIMES: 'python' });
    const run = service.post({ ...SLEEPER, stdin: 'x'.repeat(4 * 1024 * 1024) }).catch(() => undefined);
    await inProgress(service, 1);
    await service.stop('SIGKILL');
    await run;
    await noContainers(service);
  });

  test('SIGTERM: runs in progress are answered, new ones are refused with draining, exit code 0', async () => {
    await using service = await Service.start({ RUNTIMES: 'python' });
    const inFlight = service.run({ code: 'import time; time.sleep(1.5); print("finished")', args: ['sleeper'] });
    await inProgress(service, 1);
    const stopped = service.stop();
    await eventually(async () => assert.equal((await service.get('/readyz')).status, 503), 1000);
    const { body } = await service.get('/readyz');
    assert.deepEqual((body as { reasons: string[] }).reasons, ['draining']);
    assert.equal((await service.refusal({ code: 'print(1)' })).code, 'draining');
    assert.equal((await inFlight).stdout, 'finished\n');
    assert.equal(await stopped, 0);
    assert.equal(await service.containers(), 0);
  });

  test('a second SIGTERM exits at once', async () => {
    await using service = await Service.start({ RUNTIMES: 'python' });
    const run = service.post(SLEEPER).catch(() => undefined);
    await inProgress(service, 1);
    const stopped = service.stop();
    await eventually(
      async () => assert.equal((await service.get('/readyz')).status, 503, 'the first one took effect'),
      1000,
    );
    service.process.kill('SIGTERM');
    assert.equal(await stopped, 1);
    await run;
    await noContainers(service);
  });
});

describe('admission', () => {
  test('runs wait when all slots are taken, and are refused with Retry-After when the queue is full', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', MAX_CONCURRENT_RUNS: '1', MAX_QUEUE: '1' });
    const slow = () => service.post({ code: 'import time; time.sleep(2); print("ok")', args: ['sleeper'] });
    const first = slow();
    await inProgress(service, 1);
    const second = slow();
    await queueHas(service, 1);
    const third = await slow();
    assert.equal(third.status, 503);
    assert.ok(Number(third.headers.get('retry-after')) >= 1);
    assert.equal(((await third.json()) as { code: string }).code, 'over_capacity');
    const answers = await Promise.all([first, second].map(async (answer) => (await answer).json()));
    const [, queued] = answers as { timings: { queue_ms: number } }[];
    assert.ok((queued?.timings.queue_ms ?? 0) > 200);
  });

  test('a run that could not start within QUEUE_TIMEOUT is refused', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', MAX_CONCURRENT_RUNS: '1', QUEUE_TIMEOUT: '0.3' });
    const first = service.post({ code: 'import time; time.sleep(1.5)', args: ['sleeper'] });
    await inProgress(service, 1);
    assert.equal((await service.refusal({ code: 'print(1)' })).code, 'over_capacity');
    assert.equal((await first).status, 200);
  });
});
