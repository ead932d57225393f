import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { eventually } from '../eventually.ts';
import { DOCKER_SOCKET, Service } from './service.ts';

const HELLO = { code: 'print("hi")' };

function warm(service: Service, image = 'code-runner-python'): Promise<number> {
  return service.metric(`code_runner_pool_sandboxes{image="${image}",state="warm"}`);
}

async function untilWarm(service: Service, count: number): Promise<void> {
  await eventually(async () => assert.equal(await warm(service), count), 10_000);
}

describe('the warm pool on the real engine', () => {
  test('a warm sandbox is used once and then replaced', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=2' });
    await untilWarm(service, 2);
    assert.equal(await service.metric('code_runner_engine_errors_total'), 0, 'nothing failed during startup');
    const first = await service.run({ code: 'open("/tmp/mine", "w").write("x"); print(__import__("os").getuid())' });
    assert.equal(first.sandbox, 'warm');
    const second = await service.run({ code: 'import os; print(os.path.exists("/tmp/mine"), os.getuid())' });
    assert.equal(second.sandbox, 'warm');
    assert.match(second.stdout, /^False/);
    assert.ok(!second.stdout.includes(first.stdout.trim()), 'each sandbox has its own uid');
    await untilWarm(service, 2);
    assert.ok((await service.metric('code_runner_pool_leases_total{image="code-runner-python",origin="warm"}')) >= 2);
    assert.equal(await service.stop(), 0);
    assert.equal(await service.containers(), 0);
  });

  test('other limits are cold at first, and kept warm after repeated use', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=1' });
    const body = { ...HELLO, mem_limit: '96m' };
    assert.equal((await service.run(body)).sandbox, 'cold');
    assert.equal((await service.run(body)).sandbox, 'cold');
    // An immediate third request would take the sandbox that is being created for the pool, so wait until both are ready.
    await untilWarm(service, 2);
    assert.equal((await service.run(body)).sandbox, 'warm');
  });

  test('WARM_POOL=0 keeps nothing', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', WARM_POOL: '0' });
    for (let round = 0; round < 3; round += 1) assert.equal((await service.run(HELLO)).sandbox, 'cold');
    const running = service.run({ code: 'import time; time.sleep(1)' });
    await eventually(async () => assert.equal(await service.containers(), 1), 3000);
    await running;
    await eventually(async () => assert.equal(await service.containers(), 0), 3000);
    assert.equal(await warm(service), 0);
  });

  test('a sandbox that died while waiting is never handed out', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=1' });
    await untilWarm(service, 1);
    const engine = new Engine(DOCKER_SOCKET);
    for (let round = 0; round < 3; round += 1) {
      const [victim] = await engine.containers.list(`${LABELS.instance}=${service.instanceId}`);
      if (victim) await engine.containers.remove(victim.id);
      assert.equal((await service.run(HELLO)).stdout, 'hi\n');
      await untilWarm(service, 1);
    }
  });

  test('kill -9 leaves no warm sandbox behind', async () => {
    await using service = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=4' });
    await untilWarm(service, 4);
    await service.stop('SIGKILL');
    await eventually(async () => assert.equal(await service.containers(), 0), 1500);
  });

  test('the service does not start with an unknown runtime in WARM_POOL', async () => {
    await assert.rejects(Service.start({ WARM_POOL: 'cobol=1' }), /There is no such runtime/);
  });

  test('the service has every metric of the dashboard', async () => {
    await using service = await Service.start({ RUNTIMES: 'python' });
    await service.run(HELLO);
    const { body } = await service.get('/metrics');
    const dashboard = readFileSync('docs/grafana-dashboard.json', 'utf8');
    const names = new Set(
      [...dashboard.matchAll(/\b(?:code_runner|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name),
    );
    assert.ok(names.size > 10);
    for (const name of names) assert.ok(String(body).includes(name), name);
  });
});
