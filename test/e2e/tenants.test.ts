import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { type Problem, type RunAnswer, Service } from './service.ts';

/** The program of both tenants. It mostly sleeps, so that the load on the machine matters little. */
const BODY = { code: 'import time; time.sleep(0.2); print("done")' };
const WAITING = 200;
const REQUESTS = 10;
const INTERVAL_MS = 1000;
/** Generous, because the engine is under load. If tenants did not take turns, the second one would wait half a minute for the whole queue. */
const ENGINE_NOISE_MS = 1000;

function headersOf(tenant: string): { headers: Record<string, string> } {
  return { headers: { 'x-tenant': tenant } };
}

/** Sends one request a second and returns the time of the slowest one. */
async function slowestOf(service: Service, tenant: string): Promise<number> {
  const times: number[] = [];
  for (let request = 0; request < REQUESTS; request += 1) {
    const startedAt = performance.now();
    const response = await service.post(BODY, headersOf(tenant));
    const answer = (await response.json()) as RunAnswer;
    times.push(performance.now() - startedAt);
    assert.deepEqual([response.status, answer.stdout], [200, 'done\n'], JSON.stringify(answer));
    await sleep(Math.max(0, INTERVAL_MS - (performance.now() - startedAt)));
  }
  return Math.max(...times);
}

/** A tenant that always sends more runs than it may queue. */
class Flood {
  readonly refusals: Problem[] = [];
  answered = 0;
  readonly #service: Service;
  readonly #stop = new AbortController();
  readonly #clients: Promise<unknown>;

  constructor(service: Service, clients: number) {
    this.#service = service;
    this.#clients = Promise.all(Array.from({ length: clients }, () => this.#client()));
  }

  async #client(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const response = await this.#service.post(BODY, { ...headersOf('flood'), signal });
        if (response.status === 200)
          this.answered += ((await response.json()) as RunAnswer).stdout === 'done\n' ? 1 : 0;
        else {
          this.refusals.push((await response.json()) as Problem);
          await sleep(500, undefined, { signal });
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  /** Rejects if a request failed in an unexpected way. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#clients;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}

test('a tenant with 200 waiting runs does not slow down another with one a second', async (t) => {
  await using service = await Service.start({
    RUNTIMES: 'python',
    TRUST_TENANT_HEADER: 'true',
    MAX_CONCURRENT_RUNS: '2',
    MAX_QUEUE: String(WAITING + 10),
    MAX_QUEUE_PER_TENANT: String(WAITING),
    QUEUE_TIMEOUT: '120',
  });
  const usualMs = await slowestOf(service, 'other');
  await using flood = new Flood(service, WAITING + 10);
  await eventually(async () => assert.ok((await service.metric('code_runner_queue_depth')) >= WAITING - 1), 10_000);
  const answeredBefore = flood.answered;
  const floodedMs = await slowestOf(service, 'other');
  assert.ok((await service.metric('code_runner_queue_depth')) >= WAITING - 10, 'the queue is still full');
  t.diagnostic(`slowest: ${usualMs.toFixed()} ms alone, ${floodedMs.toFixed()} ms during the flood`);
  assert.ok(floodedMs <= 3 * usualMs + ENGINE_NOISE_MS, `${floodedMs} ms, alone ${usualMs} ms`);
  assert.ok(flood.answered - answeredBefore >= REQUESTS, 'the flooding tenant gets its turns');
  await flood.end();
  for (const { code, detail } of flood.refusals) {
    assert.equal(code, 'over_capacity');
    assert.match(detail, /queue of this tenant is full/);
  }
  assert.ok(flood.refusals.length > 0);
  const shed = await service.metric('code_runner_runs_shed_total{reason="tenant"}');
  assert.ok(shed >= flood.refusals.length, `${shed} shed, ${flood.refusals.length} heard of it`);
  assert.equal(await service.metric('code_runner_runs_shed_total{reason="service"}'), 0);
  assert.match(service.log.join('\n'), /"tenant":"anonymous\/[0-9a-f]{32}"/);
  assert.equal(await service.stop(), 0);
});
