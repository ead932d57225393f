import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Deferred } from '../../src/core/deferred.ts';
import { RunAborted, RunnerError } from '../../src/core/errors.ts';
import type { Subscriber } from '../../src/prebuilds/builds.ts';
import { BuildFailure, MAX_LOG_BYTES } from '../../src/prebuilds/ports.ts';
import { type PrebuildTag, prebuildSpec } from '../../src/prebuilds/spec.ts';
import { eventually } from '../eventually.ts';
import { runRequest } from '../fixtures.ts';
import { memoryPrebuilds } from './engine.ts';

const NEVER = new AbortController().signal;
const X = 'x' as PrebuildTag;
const Y = 'y' as PrebuildTag;
const SCRIPT = prebuildSpec('python', 'true', []);
const OTHER = prebuildSpec('python', 'echo other', []);
const WISH = { base: undefined, setupScript: 'true', packages: [] };

type LogReader = Parameters<NonNullable<Subscriber['onBegin']>>[0];

async function readAll(log: LogReader): Promise<string[]> {
  const texts: string[] = [];
  for await (const text of log.read(NEVER)) texts.push(text);
  return texts;
}

function interest(signal: AbortSignal = NEVER) {
  return { signal };
}

describe('building', () => {
  test('one spec is built once, however many callers ask, by tag or by run', async () => {
    const { engine, prebuilds } = memoryPrebuilds({ maxConcurrent: 4 });
    const run = () => prebuilds.resolve(runRequest({ extension: WISH }), NEVER);
    const made = [prebuilds.build(X, SCRIPT, interest()), prebuilds.build(Y, SCRIPT, interest()), run(), run()];
    await Promise.all(made);
    assert.equal(engine.orders.length, 1);
    await prebuilds.build(X, SCRIPT, interest());
    await run();
    assert.equal(engine.orders.length, 1);
    assert.deepEqual([engine.tags.get(X), engine.tags.get(Y)], ['image-1', 'image-1']);
  });

  test('a changed script is a new image, and the tag moves when it is ready', async () => {
    const { engine, prebuilds, changed } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    const second = prebuilds.build(X, OTHER, interest());
    assert.equal(engine.tags.get(X), 'image-1');
    await second;
    assert.equal(engine.tags.get(X), 'image-2');
    assert.deepEqual(changed, ['prebuilt:x']);
  });

  test('of two builds for one tag the later request wins, whichever ends first', async () => {
    const { engine, prebuilds } = memoryPrebuilds({ maxConcurrent: 2 });
    engine.buildMs = 60;
    const slow = prebuilds.build(X, SCRIPT, interest());
    await engine.untilRunning(1);
    engine.buildMs = 5;
    const quick = prebuilds.build(X, OTHER, interest());
    await Promise.all([slow, quick]);
    assert.equal(engine.tags.get(X), 'image-2');
  });

  test('a failed build keeps the old image, has the end of the log, and is not cached', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    engine.failure = new BuildFailure('why.');
    const failing = [prebuilds.build(X, OTHER, interest()), prebuilds.build(Y, OTHER, interest())];
    for (const each of failing)
      await assert.rejects(each, { code: 'build_failed', detail: 'Build failed: why.\nbegun' });
    assert.equal(engine.orders.length, 2);
    assert.equal(engine.tags.get(X), 'image-1');
    engine.failure = new BuildFailure('');
    await assert.rejects(prebuilds.build(X, OTHER, interest()), { detail: 'Build failed: begun' });
    engine.failure = undefined;
    await prebuilds.build(X, OTHER, interest());
    assert.equal(engine.tags.get(X), 'image-4');
  });

  test('a build continues while anyone waits for it and is cancelled when the last one leaves', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    engine.buildMs = 200;
    const [one, two] = [new AbortController(), new AbortController()];
    let waiting = 0;
    const onBegin = () => {
      waiting += 1;
    };
    const first = prebuilds.build(X, SCRIPT, { signal: one.signal, onBegin });
    const second = prebuilds.build(Y, SCRIPT, { signal: two.signal, onBegin });
    await eventually(() => assert.equal(waiting, 2));
    one.abort(new RunAborted('client-gone'));
    await assert.rejects(first, RunAborted);
    assert.equal(engine.running, 1);
    two.abort(new RunAborted('client-gone'));
    await assert.rejects(second, RunAborted);
    await engine.untilRunning(0);
    assert.equal(engine.tags.size, 0);
    engine.buildMs = 5;
    await prebuilds.build(X, SCRIPT, interest());
  });

  test('a cancelled build does not affect one that starts while it is ending', async () => {
    const { engine, prebuilds } = memoryPrebuilds({ maxConcurrent: 3 });
    Object.assign(engine, { buildMs: 1000, endingMs: 300 });
    const client = new AbortController();
    const left = prebuilds.build(X, SCRIPT, interest(client.signal));
    await engine.untilRunning(1);
    client.abort(new RunAborted('client-gone'));
    await assert.rejects(left, RunAborted);
    engine.buildMs = 600;
    const made = [prebuilds.build(X, SCRIPT, interest())];
    await engine.untilRunning(2);
    await engine.untilRunning(1);
    made.push(prebuilds.build(Y, SCRIPT, interest()));
    await Promise.all(made);
    assert.equal(engine.orders.length, 2, 'the last two callers shared one build');
  });

  test('every caller is told when the build starts and can read its log from the first line', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    engine.buildMs = 500;
    const logs: Promise<string[]>[] = [];
    const begun = new Deferred();
    const onBegin = (log: LogReader) => {
      logs.push(readAll(log));
      begun.resolve();
    };
    const subscriber = { signal: NEVER, onBegin };
    const first = prebuilds.build(X, SCRIPT, subscriber);
    await begun.promise;
    await Promise.all([first, prebuilds.build(Y, SCRIPT, subscriber)]);
    assert.deepEqual(await Promise.all(logs), [['begun\n'], ['begun\n']]);
    await prebuilds.build(X, SCRIPT, subscriber);
    assert.equal(logs.length, 2, 'nothing was built');
  });

  test('a failure before the build starts is reported only as a failure', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    engine.refusal = new RunnerError('runtime_not_ready', 'no image');
    let hasBegun = false;
    const onBegin = () => {
      hasBegun = true;
    };
    await assert.rejects(prebuilds.build(X, SCRIPT, { signal: NEVER, onBegin }), { code: 'runtime_not_ready' });
    assert.equal(hasBegun, false);
  });

  test('slow readers keep the logs of four of the most talkative builds; of more, the oldest is discarded', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    engine.printedBytes = MAX_LOG_BYTES - 'begun\n'.length;
    const readers: AsyncGenerator<string>[] = [];
    const onBegin = (log: LogReader) => {
      const reader = log.read(NEVER);
      readers.push(reader);
      void reader.next();
    };
    for (let count = 0; count < 5; count += 1) {
      await prebuilds.build(X, prebuildSpec('python', `echo ${count}`, []), { signal: NEVER, onBegin });
    }
    const [oldest, ...others] = readers;
    await assert.rejects(async () => oldest?.next(), { code: 'over_capacity' });
    for (const reader of others) assert.equal((await reader.next()).done, false);
  });

  test('the numbers of running and waiting builds are limited', async () => {
    const { engine, prebuilds } = memoryPrebuilds({ maxConcurrent: 2, maxQueue: 2 });
    const specs = ['a', 'b', 'c', 'd', 'e'].map((script) => prebuildSpec('python', script, []));
    const made = await Promise.allSettled(
      specs.map((spec, i) => prebuilds.build(`t${i}` as PrebuildTag, spec, interest())),
    );
    assert.equal(engine.mostRunning, 2);
    const refused = made.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    assert.deepEqual(refused, ['over_capacity']);
  });

  test('closing cancels builds in progress and refuses new ones', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    engine.buildMs = 10_000;
    const building = prebuilds.build(X, SCRIPT, interest());
    await engine.untilRunning(1);
    await Promise.all([assert.rejects(building, { code: 'draining' }), prebuilds.close()]);
    await assert.rejects(prebuilds.build(X, OTHER, interest()), { code: 'draining' });
  });
});

describe('use', () => {
  test('a run on a plain runtime needs no prebuild', () => {
    const { prebuilds } = memoryPrebuilds();
    for (const name of ['python', 'code-runner-python'])
      assert.equal(prebuilds.resolve(runRequest({ runtime: name }), NEVER), undefined);
  });

  test('by tag, with or without the prefix: the runtime, with another image', async () => {
    const { prebuilds } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    for (const name of ['x', 'prebuilt-x']) {
      const found = await prebuilds.resolve(runRequest({ runtime: name }), NEVER);
      assert.deepEqual([found?.id, found?.image], ['python', 'prebuilt:x']);
    }
  });

  test('an unknown name is unknown_runtime, also if it is not a valid tag', async () => {
    const { prebuilds } = memoryPrebuilds();
    for (const name of ['nothing', 'A:B', '', '../x'])
      await assert.rejects(async () => prebuilds.resolve(runRequest({ runtime: name }), NEVER), {
        code: 'unknown_runtime',
      });
  });

  test('a prebuild that another service made is found', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    engine.tags.set(Y, 'image-1');
    assert.equal((await prebuilds.resolve(runRequest({ runtime: 'y' }), NEVER))?.image, 'prebuilt:y');
  });

  test('a caller after a scan has started sees what another service builds or removes during that scan', async () => {
    const { engine, prebuilds, catalog } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    engine.scanMs = 50;
    const early = catalog.refresh();
    await engine.untilScanning();
    engine.tags.set(Y, 'image-1');
    engine.tags.delete(X);
    const [run, found, all, removed] = await Promise.all([
      prebuilds.resolve(runRequest({ runtime: 'y' }), NEVER),
      prebuilds.find(Y),
      prebuilds.all(),
      prebuilds.remove(X),
    ]);
    await early;
    assert.deepEqual([run?.image, found?.tag, all.map(({ tag }) => tag), removed], ['prebuilt:y', 'y', ['y'], false]);
  });

  test('many unknown names cause one scan at a time, and few scans', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    const floodMs = 500;
    const endAt = performance.now() + floodMs;
    const client = async () => {
      while (performance.now() < endAt)
        await assert.rejects(async () => prebuilds.resolve(runRequest({ runtime: 'nothing' }), NEVER));
    };
    await Promise.all(Array.from({ length: 50 }, client));
    assert.equal(engine.mostScanning, 1);
    assert.ok(engine.scans >= 2 && engine.scans <= floodMs / 100 + 2, `${engine.scans} looks`);
  });

  test('a failed scan is reported to the callers that waited for it and to no later ones', async () => {
    const { engine, catalog } = memoryPrebuilds();
    const { scan } = engine;
    engine.scan = () => Promise.reject(new Error('away'));
    await assert.rejects(catalog.refresh(), { message: 'away' });
    engine.scan = scan;
    await catalog.refresh();
  });

  test('a spec whose base is a prebuild or unknown is refused', async () => {
    const { prebuilds } = memoryPrebuilds();
    for (const base of ['x', 'nothing']) {
      const request = runRequest({ extension: { ...WISH, base } });
      assert.throws(() => prebuilds.resolve(request, NEVER), { code: 'invalid_request' });
    }
  });

  test('packages that a program lists are installed only if the operator allows it', async () => {
    const code = '# /// script\n# dependencies = ["rich"]\n# ///\n';
    assert.equal(memoryPrebuilds().prebuilds.resolve(runRequest({ code }), NEVER), undefined);
    const { engine, prebuilds } = memoryPrebuilds({ inlineDependencies: true });
    await prebuilds.resolve(runRequest({ code }), NEVER);
    assert.deepEqual(engine.orders[0]?.spec.packages, ['rich']);
    assert.equal(prebuilds.resolve(runRequest(), NEVER), undefined);
  });
});

describe('a base that was rebuilt', () => {
  test('makes its prebuilds stale, and the next use rebuilds them for every tag', async () => {
    const { engine, prebuilds } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    await prebuilds.build(Y, SCRIPT, interest());
    engine.baseImageId = 'base-2';
    assert.deepEqual(
      (await prebuilds.all()).map(({ isStale }) => isStale),
      [true, true],
    );
    await prebuilds.resolve(runRequest({ runtime: 'x' }), NEVER);
    assert.deepEqual(
      (await prebuilds.all()).map(({ isStale }) => isStale),
      [false, false],
    );
    assert.deepEqual([engine.tags.get(X), engine.tags.get(Y), engine.orders.length], ['image-2', 'image-2', 2]);
  });

  test('keeps using them if they cannot be rebuilt, and does not retry at every run', async () => {
    const { engine, prebuilds, troubles } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    engine.baseImageId = 'base-2';
    engine.failure = new BuildFailure('no network');
    await prebuilds.all();
    for (let i = 0; i < 3; i += 1) {
      const found = await prebuilds.resolve(runRequest({ runtime: 'x' }), NEVER);
      assert.equal(found?.image, 'prebuilt:x');
    }
    assert.equal(engine.orders.length, 2);
    assert.equal(troubles.length, 1);
  });
});

describe('cleaning up', () => {
  test('removes prebuilds that were not used for long enough, never one that is in use', async () => {
    const { engine, prebuilds, catalog } = memoryPrebuilds();
    const dayAgo = Date.now() - 86_400_000;
    for (const [tag, script] of [
      ['old', 'a'],
      ['busy', 'b'],
      ['used', 'c'],
      ['now', 'd'],
    ] as const)
      await prebuilds.build(tag as PrebuildTag, prebuildSpec('python', script, []), interest());
    for (const [id, image] of engine.images) engine.images.set(id, { ...image, createdAtMs: dayAgo });
    engine.busy.add('image-2');
    engine.uses.set('used' as PrebuildTag, Date.now() - 3_600_000);
    catalog.noteUse('now' as PrebuildTag);
    assert.deepEqual(await prebuilds.cleanUp(7_200_000), ['old']);
    assert.deepEqual(await prebuilds.cleanUp(0), ['used']);
    assert.deepEqual([...engine.tags.keys()], ['busy', 'now']);
    assert.equal(engine.sweeps, 2);
  });

  test('uses are recorded on the engine, all of them when the service stops', async () => {
    const { engine, prebuilds, catalog } = memoryPrebuilds();
    await prebuilds.build(X, SCRIPT, interest());
    await prebuilds.resolve(runRequest({ runtime: 'x' }), NEVER);
    await catalog.recordUses('overdue');
    const first = engine.uses.get(X);
    assert.ok(first);
    await catalog.refresh();
    await eventually(() => assert.ok(Date.now() > first, 'a use that is told later has another time'));
    await prebuilds.resolve(runRequest({ runtime: 'x' }), NEVER);
    await catalog.recordUses('overdue');
    assert.equal(engine.uses.get(X), first);
    await prebuilds.close();
    assert.ok((engine.uses.get(X) ?? 0) > first);
  });
});

test('the runtime that a prebuild extends is found without building or using anything', async () => {
  const { engine, prebuilds } = memoryPrebuilds();
  await prebuilds.build(X, SCRIPT, interest());
  assert.equal((await prebuilds.baseOf('prebuilt-x'))?.id, 'python');
  assert.equal(await prebuilds.baseOf('y'), undefined);
  assert.equal(await prebuilds.baseOf('NOT A TAG'), undefined);
  assert.equal(engine.orders.length, 1);
});

test('a repeated failure is reported once, until the activity succeeds', async () => {
  const { engine, prebuilds, troubles } = memoryPrebuilds();
  const { recordUse } = engine;
  engine.recordUse = async () => Promise.reject(new Error('away'));
  await prebuilds.build(X, SCRIPT, interest());
  await prebuilds.resolve(runRequest({ runtime: 'x' }), NEVER);
  await prebuilds.close();
  await prebuilds.close();
  assert.deepEqual(
    troubles.map(([what]) => what),
    ['recording uses of prebuilds failed'],
  );
  engine.recordUse = recordUse;
  await prebuilds.close();
  assert.ok(engine.uses.has(X));
});
