import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import { mock, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { RunnerError } from '../../src/core/errors.ts';
import type { Isolation } from '../../src/core/isolation.ts';
import type { RunRequest } from '../../src/core/request.ts';
import type { RunResult } from '../../src/core/result.ts';
import type { EngineProbe } from '../../src/health/image-watch.ts';
import { Readiness } from '../../src/health/readiness.ts';
import { RuntimeRegistry } from '../../src/runtimes/registry.ts';
import { execution, POLICY, runResult, runtime } from '../fixtures.ts';

class FakeEngine implements EngineProbe {
  isAlive = true;
  readonly images = new Map([
    ['code-runner-python', 'sha256:python-1'],
    ['code-runner-go', 'sha256:go-1'],
  ]);
  pings = 0;

  async ping(): Promise<void> {
    this.pings += 1;
    await tick();
    if (!this.isAlive) throw new Error('no engine');
  }

  isHanging = false;

  async imageIds(): Promise<ReadonlyMap<string, string>> {
    if (this.isHanging) await new Promise(() => undefined);
    return new Map(this.images);
  }

  canMake = true;

  async dryRunCreate(): Promise<void> {
    if (this.isHanging) await new Promise(() => undefined);
    if (!this.canMake) throw new Error('no space left on device');
  }
}

type Canary = (request: RunRequest) => Promise<RunResult>;

interface Setting {
  readonly engine: FakeEngine;
  readonly readiness: Readiness;
  readonly canaries: RunRequest[];
  readonly changes: (readonly string[])[];
  readonly imageChanges: string[];
  /** Duration of each canary. */
  readonly signals: AbortSignal[];
  /** Age of the oldest sandbox that is being created. */
  readonly creation: { ms: number };
  /** Why cells are refused, by image. */
  readonly cellProblems: Map<string, string>;
  /** The results of the next canaries. */
  behave(canary: Canary): void;
  pass(ms: number): Promise<void>;
}

interface SettingOptions {
  readonly required?: readonly string[];
  readonly isolation?: Isolation;
}

const HELLO = async () => runResult(execution({ stdout: 'hello\n' }));

/** Readiness with a fake engine and mocked timers. */
async function inTime(
  work: (setting: Setting) => Promise<void>,
  { required = ['python', 'go'], isolation = 'container' }: SettingOptions = {},
): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout'] });
  syncBuiltinESMExports();
  let now = 1_000_000;
  const clock = mock.method(performance, 'now', () => now);
  const engine = new FakeEngine();
  const canaries: RunRequest[] = [];
  const changes: (readonly string[])[] = [];
  const imageChanges: string[] = [];
  const signals: AbortSignal[] = [];
  const creation = { ms: 0 };
  const cellProblems = new Map<string, string>();
  let canary: Canary = HELLO;
  const readiness = new Readiness({
    engine,
    runtimes: new RuntimeRegistry([runtime('python'), runtime('go')]),
    required: new Set(required),
    canaries: {
      limits: POLICY,
      isolation,
      run: (request, signal) => {
        canaries.push(request);
        signals.push(signal);
        return canary(request);
      },
    },
    cellProblemOf: (image) => cellProblems.get(image),
    longestStartMs: () => creation.ms,
    onChange: (problems) => changes.push(problems),
    onImageChange: (image) => imageChanges.push(image),
  });
  const behave = (next: Canary) => {
    canary = next;
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      now += 500;
      mock.timers.tick(500);
      for (let turn = 0; turn < 10; turn += 1) await tick();
    }
  };
  try {
    await work({ engine, readiness, canaries, changes, imageChanges, signals, creation, cellProblems, behave, pass });
  } finally {
    readiness.stop();
    clock.mock.restore();
    mock.timers.reset();
    syncBuiltinESMExports();
  }
}

async function watched(setting: Setting): Promise<void> {
  void setting.readiness.watch();
  await setting.pass(1000);
}

test('not ready before the canary of every runtime has passed', () =>
  inTime(async ({ readiness }) => {
    assert.deepEqual(await readiness.problems(), ['python: not tested yet', 'go: not tested yet']);
  }));

test('ready when each runtime’s sample has printed the expected output', () =>
  inTime(async (setting) => {
    await watched(setting);
    assert.deepEqual(await setting.readiness.problems(), []);
    assert.deepEqual(
      setting.canaries.map((canary) => canary.runtime),
      ['python', 'go'],
    );
    assert.deepEqual([setting.canaries[0]?.code, setting.canaries[0]?.limits.network], ['print("hello")', false]);
    assert.deepEqual(setting.changes, [[]]);
  }));

test('a canary that completes but prints something else has failed', () =>
  inTime(async (setting) => {
    setting.behave(async () => runResult(execution({ stdout: 'hell' })));
    await watched(setting);
    assert.match((await setting.readiness.problems()).join(), /python: the canary run ended with completed/);
  }));

test('a canary with other output, a compile error or a failure is a problem until it passes again', () =>
  inTime(async (setting) => {
    setting.behave(async () => runResult(execution({ stdout: 'hell', fate: { status: 'out_of_memory' } })));
    await watched(setting);
    assert.deepEqual(await setting.readiness.problems(), [
      'python: the canary run ended with out_of_memory',
      'go: the canary run ended with out_of_memory',
    ]);
    setting.behave(() => Promise.reject(new Error('no space')));
    await setting.pass(1000);
    assert.match((await setting.readiness.problems()).join(), /the canary run failed: no space/);
    setting.behave(HELLO);
    await setting.pass(1000);
    assert.deepEqual(await setting.readiness.problems(), []);
    assert.deepEqual(
      setting.changes.map(({ length }) => length),
      [2, 2, 0],
    );
  }));

test('a passed canary is valid for a while and then repeated', () =>
  inTime(async (setting) => {
    await watched(setting);
    await setting.pass(30_000);
    assert.equal(setting.canaries.length, 2);
    await setting.pass(40_000);
    assert.equal(setting.canaries.length, 4);
  }));

test('a changed image needs a new canary; a missing image is reported', () =>
  inTime(async (setting) => {
    await watched(setting);
    setting.engine.images.set('code-runner-go', 'sha256:go-2');
    await setting.pass(2000);
    assert.deepEqual(
      setting.canaries.map((canary) => canary.runtime),
      ['python', 'go', 'go'],
    );
    setting.engine.images.delete('code-runner-go');
    await setting.pass(500);
    assert.deepEqual(await setting.readiness.problems(), ['go: the image is missing']);
    const { engineConnected, runtimes } = await setting.readiness.health();
    assert.equal(engineConnected, true);
    assert.deepEqual(
      [...runtimes],
      [
        ['python', 'ready'],
        ['go', 'missing'],
      ],
    );
  }));

test('a changed image is not ready until its canary has passed', () =>
  inTime(async (setting) => {
    await watched(setting);
    setting.behave(() => new Promise(() => undefined));
    setting.engine.images.set('code-runner-go', 'sha256:go-2');
    await setting.pass(2000);
    assert.deepEqual(await setting.readiness.problems(), ['go: not tested yet']);
  }));

test('an engine that does not answer is reported at once, and all canaries are repeated when it is back', () =>
  inTime(async (setting) => {
    await watched(setting);
    setting.engine.isAlive = false;
    await setting.pass(500);
    assert.deepEqual(await setting.readiness.problems(), ['the container engine does not answer']);
    assert.equal((await setting.readiness.health()).engineConnected, false);
    await setting.pass(1500);
    setting.engine.isAlive = true;
    await setting.pass(2000);
    assert.deepEqual(await setting.readiness.problems(), []);
    assert.equal(setting.canaries.length, 4);
    assert.deepEqual(setting.changes, [[], ['the container engine does not answer'], []]);
  }));

test('concurrent callers, and callers soon after, share one request to the engine', () =>
  inTime(async ({ engine, readiness, pass }) => {
    await Promise.all(Array.from({ length: 50 }, () => readiness.health()));
    await Promise.all(Array.from({ length: 50 }, () => readiness.problems()));
    assert.equal(engine.pings, 1);
    await pass(500);
    await readiness.health();
    assert.equal(engine.pings, 2);
  }));

test('after stop the engine is not asked any more', () =>
  inTime(async (setting) => {
    const watching = setting.readiness.watch();
    await setting.pass(1000);
    setting.readiness.stop();
    await watching;
    const { pings } = setting.engine;
    await setting.pass(5000);
    assert.equal(setting.engine.pings, pings);
  }));

test('an engine that cannot create a sandbox is reported within five seconds, and so is its recovery', () =>
  inTime(async ({ engine, readiness, pass }) => {
    void readiness.watch();
    await pass(2000);
    assert.deepEqual(await readiness.problems(), []);
    engine.canMake = false;
    await pass(4000);
    assert.deepEqual(await readiness.problems(), ['no sandbox can be created: no space left on device']);
    engine.canMake = true;
    await pass(4000);
    assert.deepEqual(await readiness.problems(), []);
  }));

test('a changed or removed image is reported once; an engine that did not answer for a while changes nothing', () =>
  inTime(async ({ engine, readiness, imageChanges, pass }) => {
    void readiness.watch();
    await pass(1500);
    engine.isAlive = false;
    await pass(1500);
    engine.isAlive = true;
    await pass(1500);
    assert.deepEqual(imageChanges, []);
    engine.images.set('code-runner-go', 'sha256:go-2');
    await pass(3000);
    engine.images.delete('code-runner-go');
    await pass(3000);
    assert.deepEqual(imageChanges, ['code-runner-go', 'code-runner-go']);
  }));

const PYTHON = runtime('python');

test('a runtime whose image fails its sample program is broken; its runs are refused with what to do', () =>
  inTime(async (setting) => {
    const { readiness } = setting;
    setting.behave(async (request) =>
      runResult(execution({ stdout: request.runtime === 'python' ? 'hell' : 'hello\n' })),
    );
    readiness.requireReady(PYTHON);
    await watched(setting);
    const { isOk, runtimes } = await readiness.health();
    assert.deepEqual([isOk, runtimes.get('python'), runtimes.get('go')], [false, 'broken', 'ready']);
    assert.throws(
      () => readiness.requireReady(PYTHON),
      (error) =>
        error instanceof RunnerError && error.code === 'runtime_not_ready' && /npm run images/.test(error.detail),
    );
    readiness.requireReady(runtime('go'));
    setting.behave(HELLO);
    await setting.pass(2000);
    readiness.requireReady(PYTHON);
    assert.equal((await readiness.health()).isOk, true);
  }));

test('a canary that fails because of the engine does not make the image broken', () =>
  inTime(async (setting) => {
    setting.behave(() => Promise.reject(new RunnerError('engine_unavailable', 'away')));
    await watched(setting);
    assert.equal((await setting.readiness.health()).runtimes.get('python'), 'ready');
    setting.readiness.requireReady(PYTHON);
    assert.match((await setting.readiness.problems()).join(), /python: the canary run failed: away/);
  }));

test('a runtime that is not required does not affect readiness', () =>
  inTime(
    async (setting) => {
      setting.engine.images.delete('code-runner-go');
      await watched(setting);
      assert.deepEqual(await setting.readiness.problems(), []);
      const { isOk, runtimes } = await setting.readiness.health();
      assert.deepEqual([isOk, runtimes.get('go')], [true, 'missing']);
      setting.engine.images.delete('code-runner-python');
      await setting.pass(500);
      assert.deepEqual(await setting.readiness.problems(), ['python: the image is missing']);
      assert.equal((await setting.readiness.health()).isOk, false);
    },
    { required: ['python'] },
  ));

test('the isolation of each runtime is what is configured, or containers and why its image does not run in cells', () =>
  inTime(
    async ({ readiness, cellProblems }) => {
      const cell = { isolation: 'cell', reason: undefined };
      assert.deepEqual(Object.fromEntries((await readiness.health()).isolation), { python: cell, go: cell });
      cellProblems.set('code-runner-go', 'no user namespaces');
      const { isOk, isolation } = await readiness.health();
      const container = { isolation: 'container', reason: 'no user namespaces' };
      assert.deepEqual(Object.fromEntries(isolation), { python: cell, go: container });
      assert.equal(isOk, true, 'runs in containers are runs');
    },
    { isolation: 'cell' },
  ));

test('where containers are configured there is no reason to give', () =>
  inTime(async ({ readiness }) => {
    assert.deepEqual((await readiness.health()).isolation.get('go'), { isolation: 'container', reason: undefined });
  }));

test('canaries run in the isolation that is configured', () =>
  inTime(
    async (setting) => {
      await watched(setting);
      assert.deepEqual(
        setting.canaries.map(({ isolation }) => isolation),
        ['cell', 'cell'],
      );
    },
    { isolation: 'cell' },
  ));

test('a sandbox that takes more than five seconds to start is a problem until it has started', () =>
  inTime(async (setting) => {
    await watched(setting);
    setting.creation.ms = 5000;
    assert.deepEqual(await setting.readiness.problems(), []);
    assert.equal((await setting.readiness.health()).isOk, true);
    setting.creation.ms = 6400;
    assert.deepEqual(await setting.readiness.problems(), ['no sandbox has started for 6 s']);
    assert.equal((await setting.readiness.health()).isOk, false);
    setting.creation.ms = 0;
    await setting.pass(2000);
    assert.deepEqual(await setting.readiness.problems(), []);
    assert.equal((await setting.readiness.health()).isOk, true);
  }));

test('when starts hang, all canaries are repeated once', () =>
  inTime(async (setting) => {
    await watched(setting);
    setting.creation.ms = 6000;
    await setting.pass(10_000);
    assert.equal(setting.canaries.length, 4);
  }));

test('an engine that accepts a request but never answers counts as not answering after five seconds', () =>
  inTime(async (setting) => {
    await watched(setting);
    setting.engine.isHanging = true;
    await setting.pass(500);
    const asked = setting.readiness.problems();
    await setting.pass(6000);
    assert.deepEqual(await asked, ['the container engine does not answer']);
    assert.deepEqual(setting.changes.at(-1), ['the container engine does not answer']);
  }));

test('a hanging canary is cancelled and reported, and so are changes meanwhile', () =>
  inTime(async (setting) => {
    setting.behave(() => new Promise(() => undefined));
    await watched(setting);
    await setting.pass(6000);
    assert.deepEqual(setting.changes.at(-1), ['python: not tested yet', 'go: not tested yet']);
    await setting.pass(36_000);
    assert.equal(setting.signals[0]?.aborted, true);
    assert.match((await setting.readiness.problems()).join(), /python: the canary run failed: no answer within 40 s/);
    assert.equal((await setting.readiness.health()).runtimes.get('python'), 'ready', 'the image is not at fault');
  }));

test('a canary that cannot be repeated expires', () =>
  inTime(async (setting) => {
    await watched(setting);
    setting.readiness.stop();
    await setting.pass(179_000);
    assert.deepEqual(await setting.readiness.problems(), []);
    await setting.pass(2000);
    assert.match((await setting.readiness.problems()).join(), /python: not tested for 18\d s/);
  }));
