import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxSpec } from '../../src/core/command.ts';
import type { SandboxLimits } from '../../src/core/limits.ts';
import { eventually } from '../eventually.ts';
import { giveBack, SPEC } from './fake-containers.ts';
import { setting, untilWarm } from './pool-setting.ts';

function specWith(limits: Partial<SandboxLimits>): SandboxSpec {
  return { ...SPEC, limits: { ...SPEC.limits, ...limits } };
}

const LARGE = specWith({ memoryBytes: 4 * SPEC.limits.memoryBytes });
const SMALL = specWith({ memoryBytes: SPEC.limits.memoryBytes / 4, pids: 4 });
const ONE = [{ spec: SPEC, count: 1 }];

describe('a run with limits of its own', () => {
  test('gets a waiting cell, whose limits are changed, and changed again only for other limits', async () => {
    const { containers, pool, run } = setting({ warm: ONE });
    for (const [spec, changes] of [
      [LARGE, 1],
      [LARGE, 1],
      [SMALL, 2],
      [SPEC, 3],
      [SPEC, 3],
    ] as const) {
      await untilWarm(pool, 1);
      const { origin, container } = await run('a', spec);
      assert.deepEqual([origin, container.changes, containers.made.length], ['warm', changes, 1]);
    }
  });

  test('gets the cell that has them already, if there is one', async () => {
    const { pool, lease, run } = setting({ warm: [{ spec: SPEC, count: 2 }] });
    await untilWarm(pool, 2);
    const [large, usual] = await Promise.all([lease('a', LARGE), lease('a')]);
    giveBack(usual.lease);
    giveBack(large.lease);
    await untilWarm(pool, 2);
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await run('a')).container, usual.container);
      await untilWarm(pool, 2);
      assert.equal((await run('a', LARGE)).container, large.container);
      await untilWarm(pool, 2);
    }
    assert.deepEqual([large.container.changes, usual.container.changes], [1, 0]);
  });

  test('that has to wait gets a cell that is created with them', async () => {
    const { lease } = setting();
    const [large, small] = await Promise.all([lease('a', LARGE), lease('a', SMALL)]);
    for (const { container, origin } of [large, small]) assert.deepEqual([container.changes, origin], [0, 'cold']);
  });

  test('gets another cell where its limits cannot be set', async () => {
    const { containers, pool, run } = setting({ warm: ONE }, (made) => {
      made.canChange = () => false;
    });
    await untilWarm(pool, 1);
    const [refusing] = containers.made;
    const { origin, container } = await run('a', LARGE);
    assert.deepEqual([origin, container.changes], ['cold', 0]);
    await eventually(() => assert.deepEqual([refusing?.isAlive, refusing?.changes], [false, 1]));
  });

  test('gets another cell if the image changes while its limits do', async () => {
    const { containers, pool, lease } = setting({ warm: ONE }, (made) => {
      made.changeMs = () => 40;
    });
    await untilWarm(pool, 1);
    const [outdated] = containers.made;
    const leasing = lease('a', LARGE);
    pool.invalidate(SPEC.image);
    assert.notEqual((await leasing).container, outdated);
    await eventually(() => assert.equal(outdated?.isAlive, false));
  });

  test('leaves the cell to others if it is cancelled meanwhile', async () => {
    const { containers, pool, run } = setting({ warm: ONE }, (made) => {
      made.changeMs = () => 40;
    });
    await untilWarm(pool, 1);
    const client = new AbortController();
    const leasing = pool.lease(LARGE, { tenant: 'a', signal: client.signal });
    client.abort(new Error('client gone'));
    await assert.rejects(leasing, /client gone/);
    assert.equal((await run('a')).container, containers.made[0]);
  });

  test('gets a container of its own, and leaves the usual ones, where cells cannot be had', async () => {
    const { containers, pool, lease, run } = setting({ warm: ONE }, (made) => {
      made.isolationOf = () => 'container';
    });
    await untilWarm(pool, 1);
    const { container, lease: taken } = await lease('a', LARGE);
    assert.deepEqual([container.spec.limits, containers.made.length], [LARGE.limits, 2]);
    giveBack(taken);
    assert.deepEqual([(await run('a')).container, containers.made[0]?.changes], [containers.made[0], 0]);
  });
});

describe('after a run with limits of its own', () => {
  test('a cell has the usual ones again when it has waited for a while', async (t) => {
    const { containers, pool, run } = setting({ warm: ONE });
    await untilWarm(pool, 1);
    const { container } = await run('a', LARGE);
    await untilWarm(pool, 1);
    assert.deepEqual(container.limits, LARGE.limits);
    const now = performance.now();
    t.mock.method(performance, 'now', () => now + 5000);
    await eventually(() => assert.deepEqual(container.limits, SPEC.limits));
    await untilWarm(pool, 1);
    assert.deepEqual([container.changes, containers.made.length], [2, 1]);
  });

  test('a cell that does not get them back is replaced', async (t) => {
    const { containers, pool, run } = setting({ warm: ONE });
    await untilWarm(pool, 1);
    const { container } = await run('a', LARGE);
    container.canChange = () => false;
    await untilWarm(pool, 1);
    const now = performance.now();
    t.mock.method(performance, 'now', () => now + 5000);
    await eventually(() => assert.deepEqual([container.isAlive, containers.alive.length], [false, 1]));
  });

  test('a cell is kept with the memory that there is room for', async () => {
    const { containers, pool, run } = setting({ warm: ONE, maxWarmMemoryBytes: SPEC.limits.memoryBytes });
    await untilWarm(pool, 1);
    const { container } = await run('a', LARGE);
    await untilWarm(pool, 1);
    assert.deepEqual([container.limits, container.isAlive, containers.made.length], [SPEC.limits, true, 1]);
    assert.equal(pool.stats()[0]?.memoryBytes, SPEC.limits.memoryBytes);
  });

  test('what it may use counts as long as the cell keeps it', async () => {
    const { pool, run } = setting({ warm: ONE });
    await untilWarm(pool, 1);
    await run('a', LARGE);
    await untilWarm(pool, 1);
    assert.equal(pool.stats()[0]?.memoryBytes, LARGE.limits.memoryBytes);
  });

  test('a run of its tenant waits for the cell that gets them back', async (t) => {
    const { containers, pool, run, lease } = setting({ warm: ONE });
    await untilWarm(pool, 1);
    const { container } = await run('a', LARGE);
    await untilWarm(pool, 1);
    container.changeMs = 200;
    const now = performance.now();
    t.mock.method(performance, 'now', () => now + 5000);
    await eventually(() => assert.equal(container.changes, 2));
    assert.equal((await lease('a')).container, container);
    assert.equal(containers.made.length, 1);
  });
});

test('a cell that nobody waits for any more is kept for any run, with whatever limits it was created', async () => {
  const { containers, pool, lease } = setting({ warm: ONE }, (made) => {
    made.creationMs = () => 60;
  });
  const client = new AbortController();
  const first = lease('a');
  const second = pool.lease(LARGE, { tenant: 'a', signal: client.signal });
  setTimeout(() => client.abort(new Error('client gone')), 20);
  await assert.rejects(second, /client gone/);
  await first;
  await untilWarm(pool, 1);
  assert.deepEqual(
    containers.made.map(({ spec }) => spec.limits),
    [SPEC.limits, LARGE.limits],
  );
  const { container, origin } = await lease('b');
  assert.deepEqual([container.changes, origin], [1, 'warm']);
});
