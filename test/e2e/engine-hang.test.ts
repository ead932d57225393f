import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInfo } from '../../src/engines/docker/api/containers.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { reapStale } from '../../src/engines/docker/reaper.ts';
import { eventually } from '../eventually.ts';
import { EngineProxy, type Swallowed } from './engine-proxy.ts';
import { DOCKER_SOCKET, Service } from './service.ts';

const HELLO = { code: 'print("hi")' };
const START = /^POST \/containers\/[^/]+\/start/;

async function isReady(service: Service): Promise<boolean> {
  return (await service.get('/readyz')).status === 200;
}

function statesOf(containers: readonly ContainerInfo[]): ReadonlySet<string> {
  return new Set(containers.map(({ state }) => state));
}

describe('an engine whose container starts hang', () => {
  const START_TIMEOUT_MS = 6500;
  let proxy: EngineProxy;
  let service: Service;
  before(async () => {
    proxy = await EngineProxy.open();
    const environment = { RUNTIMES: 'python', DOCKER_SOCKET: proxy.path, PREBUILDS: 'off' };
    service = await Service.start({ ...environment, SANDBOX_START_TIMEOUT: String(START_TIMEOUT_MS / 1000) });
  });
  after(async () => {
    await service.stop();
    await proxy[Symbol.asyncDispose]();
  });

  test('is not ready after five seconds, refuses waiting runs, and is not trusted before a start succeeds', async () => {
    proxy.swallow(START);
    const beganAt = performance.now();
    const refused = service.refusal(HELLO);
    await eventually(async () => assert.equal(await isReady(service), false), 7000);
    const noticedMs = performance.now() - beganAt;
    assert.ok(noticedMs > 4500 && noticedMs < 6500, `not ready after ${noticedMs} ms`);
    assert.equal((await service.get('/health')).status, 503);
    assert.match(JSON.stringify((await service.get('/readyz')).body), /no sandbox has started for \d+ s/);
    const problem = await refused;
    const refusedMs = performance.now() - beganAt;
    assert.deepEqual([problem.status, problem.code], [503, 'engine_unavailable']);
    assert.ok(refusedMs < START_TIMEOUT_MS + 1000, `refused after ${refusedMs} ms`);
    // The call has failed now, and nothing hangs at this moment. The service stays unready for as long as the test looks: 3 s.
    for (let look = 0; look < 12; look += 1) {
      assert.equal(await isReady(service), false);
      await sleep(250);
    }
    proxy.restore();
    await service.whenReady();
    assert.equal((await service.run(HELLO)).stdout, 'hi\n');
    assert.equal((await service.get('/health')).status, 200);
  });

  test('the log names the call that hangs and for how long', () => {
    const lines = service.log.filter((text) => text.includes('a sandbox could not be created'));
    assert.match(lines.join('\n'), /gave no answer within 6.5 s \(start container\)/);
  });
});

describe('an engine that never responds to one kind of call', () => {
  const RUN_MS = 4000;
  let proxy: EngineProxy;
  let service: Service;
  before(async () => {
    proxy = await EngineProxy.open();
    service = await Service.start({
      RUNTIMES: 'python',
      DOCKER_SOCKET: proxy.path,
      SANDBOX_START_TIMEOUT: '2',
      PREBUILDS: 'off',
      // A network that does not exist yet.
      ENGINE_NAMESPACE: `hang-test-${process.pid}`,
    });
  });
  after(async () => {
    proxy.restore();
    await service.stop();
    await proxy[Symbol.asyncDispose]();
  });

  /** Sends a run while calls hang. It must soon get a result or `engine_unavailable`. */
  async function answer(body: Record<string, unknown>): Promise<'answered' | 'refused'> {
    const beganAt = performance.now();
    const response = await service.post({ ...HELLO, ...body }, { signal: AbortSignal.timeout(2 * RUN_MS) });
    const { code } = (await response.json()) as { code?: string };
    const tookMs = performance.now() - beganAt;
    assert.ok(tookMs < RUN_MS, `answered after ${tookMs} ms`);
    if (response.status !== 200) assert.equal(code, 'engine_unavailable');
    return response.status === 200 ? 'answered' : 'refused';
  }

  const KINDS: [call: RegExp, expected: 'answered' | 'refused', body?: Record<string, unknown>, what?: Swallowed][] = [
    [/^POST \/containers\/create/, 'refused'],
    [/^POST \/containers\/create/, 'refused', {}, 'answers'],
    [/^POST \/containers\/[^/]+\/attach/, 'refused'],
    [/^POST \/containers\/[^/]+\/attach/, 'refused', {}, 'answers'],
    [START, 'refused'],
    [START, 'refused', {}, 'answers'],
    [/^DELETE \/containers\//, 'answered'],
    [/^GET \/containers\//, 'answered'],
    [/^GET \/images\//, 'answered'],
    [/^GET \/networks/, 'refused', { allow_network: true }],
    // A different spec each time, because the build of the previous one may still be in progress.
    [/^POST \/networks\/create/, 'refused', { allow_network: true, mem_limit: '128m' }],
  ];
  for (const [call, expected, body = {}, what = 'calls'] of KINDS) {
    test(`${call.source}, ${what}: runs get a response, and the service recovers afterwards`, async () => {
      proxy.swallow(call, what);
      assert.equal(await answer(body), expected);
      if (expected === 'refused') assert.ok(proxy.swallowed > 0);
      proxy.restore();
      await eventually(async () => assert.equal((await service.run(HELLO)).stdout, 'hi\n'), 15_000);
    });
  }

  test('no running container is left, and the reaper removes containers that never started', async () => {
    await service.whenReady();
    const { containers } = new Engine(DOCKER_SOCKET);
    const list = () => containers.list(`${LABELS.instance}=${service.instanceId}`);
    // The engine never responded to these creations, so the service does not know the ids.
    await eventually(async () => assert.deepEqual(statesOf(await list()), new Set(['created'])), 15_000);
    await reapStale({ list, remove: (id) => containers.remove(id) }, Date.now() + 120_000);
    assert.deepEqual(await list(), []);
  });
});
