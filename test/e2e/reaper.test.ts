import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { defaultLimits } from '../../src/core/limits.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { sandboxContainer } from '../../src/engines/docker/container-config.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { reapStale } from '../../src/engines/docker/reaper.ts';
import { sharedNames } from '../../src/engines/docker/shared-names.ts';
import { eventually } from '../eventually.ts';
import { POLICY } from '../fixtures.ts';
import { DOCKER_SOCKET, Service } from './service.ts';

const A_DEAD_SERVICE = randomUUID();
const engine = new Engine(DOCKER_SOCKET);

/** Reaps as the reaper would in two minutes, but only the containers of this service. */
function reapInTwoMinutes(instanceId: string): Promise<number> {
  const list = async (label: string) =>
    (await engine.containers.list(label)).filter(({ labels }) => labels[LABELS.instance] === instanceId);
  return reapStale({ list, remove: (id) => engine.containers.remove(id) }, Date.now() + 120_000);
}

/** A container that was created but never started, as a service leaves it if it is killed in between. */
async function neverStarted(labels: Record<string, string>): Promise<string> {
  const spec = { image: 'code-runner-python', limits: defaultLimits(POLICY), isolation: 'container' } as const;
  const name = `reaper-test-${randomUUID()}`;
  return engine.containers.create(
    sandboxContainer(spec, {
      uid: 100_000,
      name,
      labels,
      ociRuntime: undefined,
      network: 'none',
      ipv6: false,
      maxCells: 1,
    }),
  );
}

async function isThere(containerId: string): Promise<boolean> {
  return (await engine.containers.wasOutOfMemory(containerId)) !== undefined;
}

async function statesOf({ instanceId }: Service): Promise<string[]> {
  return (await engine.containers.list(`${LABELS.instance}=${instanceId}`)).map(({ state }) => state);
}

function hasNetwork(name: string): boolean {
  return spawnSync('docker', ['--host', `unix://${DOCKER_SOCKET}`, 'network', 'inspect', name]).status === 0;
}

test('the last service to stop removes the network that services share', async () => {
  const { namespace, egressNetwork } = sharedNames(`code-runner-test-${process.pid}`);
  const shared = { RUNTIMES: 'python', ENGINE_NAMESPACE: namespace };
  await using stranger = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=1' });
  await using neighbour = await Service.start({ ...shared, WARM_POOL: 'python=1' });
  await using service = await Service.start(shared);
  assert.equal((await service.run({ code: 'print(1)', allow_network: true })).stdout, '1\n');
  for (const each of [stranger, neighbour])
    await eventually(async () => assert.deepEqual(await statesOf(each), ['running']), 5000);
  assert.equal(await service.stop(), 0);
  assert.equal(hasNetwork(egressNetwork), true);
  assert.equal(await neighbour.stop(), 0);
  assert.equal(hasNetwork(egressNetwork), false);
  assert.deepEqual(await statesOf(stranger), ['running']);
});

describe('containers whose service is gone', () => {
  const made: string[] = [];
  after(() => Promise.all(made.map((id) => engine.containers.remove(id))));

  test('are removed once they are too old to be still starting; other containers are left alone', async () => {
    const orphan = await neverStarted({ [LABELS.sandbox]: randomUUID(), [LABELS.instance]: A_DEAD_SERVICE });
    const stranger = await neverStarted({});
    made.push(orphan, stranger);
    await reapStale(engine.containers);
    assert.deepEqual([await isThere(orphan), await isThere(stranger)], [true, true], 'too young');
    assert.equal(await reapInTwoMinutes(A_DEAD_SERVICE), 1);
    assert.deepEqual([await isThere(orphan), await isThere(stranger)], [false, true]);
  });

  test('running and warm sandboxes of a running service are not touched', async () => {
    await using neighbour = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=1' });
    await eventually(async () => assert.deepEqual(await statesOf(neighbour), ['running']), 5000);
    const run = neighbour.run({ code: 'import time; time.sleep(3); print("still here")' });
    await eventually(async () => assert.deepEqual(await statesOf(neighbour), ['running', 'running']), 5000);
    assert.equal(await reapInTwoMinutes(neighbour.instanceId), 0);
    assert.equal((await run).stdout, 'still here\n');
    const next = await neighbour.run({ code: 'print(1)' });
    assert.deepEqual([next.stdout, next.sandbox], ['1\n', 'warm']);
    assert.equal(await neighbour.stop(), 0);
    assert.equal(await neighbour.containers(), 0);
    assert.match(neighbour.log.at(-1) ?? '', /"reaped":0,"msg":"stopped"/);
  });
});
