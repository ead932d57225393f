import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { Compiler } from '../../src/compile-cache/compiler.ts';
import type { CollectRequest, Command } from '../../src/core/command.ts';
import { RunAborted, RunnerError } from '../../src/core/errors.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { RunRequest, SourceFile, TestCase, TestSuite } from '../../src/core/request.ts';
import type { Collected, Execution, RunResult } from '../../src/core/result.ts';
import type { RunEvent } from '../../src/core/run-events.ts';
import { type RunOutcome, RunRecorder } from '../../src/runs/recorder.ts';
import { Runner, type RunnerOptions, type RuntimeExtensions } from '../../src/runs/runner.ts';
import { RuntimeRegistry } from '../../src/runtimes/registry.ts';
import { Admission } from '../../src/sandbox/admission.ts';
import { Pool } from '../../src/sandbox/pool.ts';
import type { Sandbox, SandboxFactory } from '../../src/sandbox/ports.ts';
import { execution, POLICY, runRequest, runtime } from '../fixtures.ts';

const CONTEXT = { runId: 'run-1', requestId: 'request-1', traceparent: undefined, tenant: 'anonymous' };
const NEVER = new AbortController().signal;
const NOTHING: Collected = { files: [], omitted: [] };

interface Script {
  execute?(command: Command, nth: number): Promise<Execution>;
  collect?(request: CollectRequest): Promise<Collected>;
}

/** A fake sandbox that follows a script and logs its calls in order. */
class ScriptedSandbox implements Sandbox {
  readonly id = 'sandbox-1';
  readonly imageId = 'sha256:image-1';
  readonly isolation = 'container';
  readonly limits = defaultLimits(POLICY);
  readonly gone = new Promise<void>(() => undefined);
  readonly asked: string[] = [];
  readonly #script: Script;
  #executions = 0;

  constructor(script: Script) {
    this.#script = script;
  }

  async setLimits(): Promise<boolean> {
    return false;
  }

  stage(files: readonly SourceFile[]): void {
    this.asked.push(`stage ${files.map(({ path }) => path).join(' ')}`);
  }

  snapshot(paths: readonly string[]): void {
    this.asked.push(`snapshot ${paths.join(' ')}`);
  }

  async reset(): Promise<void> {
    this.asked.push('reset');
  }

  execute(command: Command): Promise<Execution> {
    this.asked.push(`execute ${command.argv[0]}`);
    this.#executions += 1;
    return this.#script.execute?.(command, this.#executions) ?? Promise.resolve(execution({ stdout: 'printed' }));
  }

  async next(): Promise<undefined> {
    return undefined;
  }

  collect(request: CollectRequest): Promise<Collected> {
    this.asked.push(`collect ${request.root}`);
    return this.#script.collect?.(request) ?? Promise.resolve(NOTHING);
  }

  async destroy(): Promise<void> {
    this.asked.push('destroy');
  }
}

interface Surroundings {
  readonly factory?: SandboxFactory;
  readonly extensions?: RuntimeExtensions;
  readonly requireReady?: RunnerOptions['requireReady'];
}

function setting(script: Script = {}, { factory, extensions, requireReady }: Surroundings = {}) {
  const sandbox = new ScriptedSandbox(script);
  const outcomes: RunOutcome[] = [];
  const admission = new Admission({
    maxConcurrentRuns: 1,
    maxConcurrentRunsPerTenant: 1,
    maxQueue: 1,
    maxQueuePerTenant: 1,
    queueTimeoutMs: 1000,
  });
  const runner = new Runner({
    runtimes: new RuntimeRegistry([
      runtime('python'),
      runtime('go', { main_file: 'main.go', compile: ['/build'], run: ['/main'] }),
    ]),
    extensions,
    ...(requireReady ? { requireReady } : {}),
    admission,
    compiler: new Compiler(undefined),
    pool: new Pool({
      factory: factory ?? { create: async () => sandbox },
      maxConcurrentCreations: 1,
      startTimeoutMs: 10_000,
      warm: [],
      cellLimits: defaultLimits(POLICY),
      maxWarm: 0,
      maxWarmMemoryBytes: 0,
      observer: { leased() {}, created() {}, creationFailed() {}, removed() {} },
    }),
  });
  const record = () => new RunRecorder(CONTEXT, { runEnded: (outcome) => outcomes.push(outcome) });
  // The sandbox is destroyed one turn of the event loop after the response.
  const run = (request: Partial<RunRequest> = {}, signal = NEVER): Promise<RunResult> =>
    runner.run(runRequest(request), { recorder: record(), signal }).finally(() => tick());
  return { sandbox, outcomes, admission, runner, record, run };
}

test('a run keeps its slot until its response fits into memory', async () => {
  const { admission, runner, record } = setting();
  let sizeBytes = 0;
  let grantMemory = () => {};
  const reserveMemory = (bytes: number) => {
    sizeBytes = bytes;
    return new Promise<void>((resolve) => {
      grantMemory = resolve;
    });
  };
  const answer = runner.run(runRequest({}), { recorder: record(), signal: NEVER, reserveMemory });
  while (sizeBytes === 0) await tick();
  assert.ok(sizeBytes >= 'printed'.length, `${sizeBytes} bytes`);
  assert.equal(admission.running, 1);
  grantMemory();
  assert.equal((await answer).status, 'completed');
  assert.equal(admission.running, 0);
});

/** Runs with a follower, and returns what was published. A program's output is published while it executes. */
async function published(request: Partial<RunRequest>, script: Script = {}, hold = async () => {}): Promise<string[]> {
  const { runner, record } = setting(script);
  const seen: string[] = [];
  const publish = (event: RunEvent) => {
    seen.push(shortOf(event));
    return event.kind === 'output' ? hold() : undefined;
  };
  const events = { mayHoldMs: 4321, publish };
  await runner.run(runRequest(request), { recorder: record(), signal: NEVER, events });
  return seen;
}

function shortOf(event: RunEvent): string {
  switch (event.kind) {
    case 'started':
      return `started ${event.phase} ${event.test} ${event.sandbox}`;
    case 'output':
      return `${event.stream} ${event.phase} ${event.test} ${event.bytes}`;
    case 'test':
      return `test ${event.result.verdict}`;
    default:
      return event.kind;
  }
}

/** Prints while it executes, as real sandboxes do. */
const PRINTING: Script = {
  execute: async ({ onStart, onOutput, argv }) => {
    onStart?.();
    await onOutput?.('stdout', Buffer.from(argv[0] ?? ''));
    return execution({ stdout: argv[0] ?? '' });
  },
};

test('a follower hears of both phases, and of each byte once', async () => {
  const seen = await published({ runtime: 'go' }, PRINTING);
  assert.deepEqual(seen, [
    'started compile undefined cold',
    'stdout compile undefined /build',
    'compiled',
    'started run undefined cold',
    'stdout run undefined /main',
  ]);
});

test('a follower hears of each test, also of those that are not run', async () => {
  const [passing, failing] = [TEST, { ...TEST, expected: Buffer.from('another') }].map((test) => ({
    ...test,
    expected: test === TEST ? Buffer.from('/main') : test.expected,
  }));
  const tests = [passing, failing, passing].filter((test) => test !== undefined);
  const seen = await published({ runtime: 'go', judging: { ...JUDGING, tests, stopsOnFailure: true } }, PRINTING);
  assert.deepEqual(seen.slice(3), [
    'started run 0 cold',
    'stdout run 0 /main',
    'test accepted',
    'started run 1 cold',
    'stdout run 1 /main',
    'test wrong_answer',
    'test skipped',
  ]);
});

test('a program that does not compile: its tests are heard of, and no run phase', async () => {
  const execute = async () => execution({ stderr: 'no', fate: { status: 'completed', exitCode: 1 } });
  const seen = await published({ runtime: 'go', judging: { ...JUDGING, tests: [TEST] } }, { execute });
  assert.deepEqual(seen, ['started compile undefined cold', 'stderr compile undefined no', 'test compile_error']);
});

test('a follower may hold up the program, within its limit, but never a compiler that others may wait for', async () => {
  const limits: (number | undefined)[] = [];
  let heldMs = Number.NaN;
  const execute: Script['execute'] = async (command) => {
    limits.push(command.listenerTimeoutMs);
    const startedAt = performance.now();
    command.onStart?.();
    await command.onOutput?.('stdout', Buffer.from('a'));
    heldMs = performance.now() - startedAt;
    if (command.argv[0] === '/build') assert.ok(heldMs < 100, `${heldMs} ms`);
    return execution({ stdout: 'a' });
  };
  await published({ runtime: 'go' }, { execute }, () => sleep(100));
  assert.ok(heldMs >= 95, `${heldMs} ms`);
  assert.deepEqual(limits, [undefined, 4321]);
});

test('time that a follower held up the program counts as no time of staging', async () => {
  const execute: Script['execute'] = async ({ onStart }) => {
    onStart?.();
    await sleep(60);
    return execution();
  };
  const { timings } = await setting({ execute }).run();
  assert.ok(timings.stageMs < 40, `${timings.stageMs} ms`);
});

test('a run that waits for a slot is said to be queued', async () => {
  let finish = (_: Execution) => {};
  const { runner, record, run } = setting({
    execute: () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  });
  const first = run();
  const seen: RunEvent[] = [];
  const events = { mayHoldMs: 0, publish: (event: RunEvent) => void seen.push(event) };
  const second = runner.run(runRequest(), { recorder: record(), signal: NEVER, events });
  await tick();
  await tick();
  assert.deepEqual(seen, [{ kind: 'queued', position: 1 }]);
  finish(execution());
  await first;
  finish(execution());
  await second;
});

test('a run is admitted under its tenant', async () => {
  const { runner, admission } = setting();
  const admit = mock.method(admission, 'admit');
  const recorder = new RunRecorder({ ...CONTEXT, tenant: 'credential/user' }, { runEnded() {} });
  await runner.run(runRequest(), { recorder, signal: NEVER });
  assert.deepEqual(
    admit.mock.calls.map((call) => call.arguments[1].tenant),
    ['credential/user'],
  );
});

function metadataFile(content: string | Uint8Array): Script {
  return {
    collect: async ({ root }) =>
      root === '/tmp' ? { files: [{ path: Buffer.from('m'), content: Buffer.from(content) }], omitted: [] } : NOTHING,
  };
}

test('an interpreted run: stage, execute, collect, destroy', async () => {
  const { sandbox, outcomes, run } = setting();
  const result = await run({ outputFiles: ['*'] });
  assert.equal(result.status, 'completed');
  assert.equal(result.run?.stdout.bytes.toString(), 'printed');
  assert.deepEqual(sandbox.asked, [
    'stage main.py sdk.py',
    'execute /usr/bin/python3',
    'collect /tmp',
    'collect /workspace',
    'destroy',
  ]);
  await tick();
  assert.equal(outcomes.length, 1);
  assert.deepEqual([outcomes[0]?.result, outcomes[0]?.context, outcomes[0]?.runtime], [result, CONTEXT, 'python']);
});

test('a compiled run: the program runs only if it compiled', async () => {
  const { sandbox, run } = setting();
  const result = await run({ runtime: 'go' });
  assert.deepEqual(sandbox.asked, [
    'stage main.go sdk.py',
    'execute /build',
    'execute /main',
    'collect /tmp',
    'destroy',
  ]);
  assert.ok(result.compile);
  const failing = setting({ execute: async () => execution({ fate: { status: 'completed', exitCode: 1 } }) });
  const failed = await failing.run({ runtime: 'go' });
  assert.deepEqual([failed.status, failed.run], ['compile_failed', null]);
  assert.deepEqual(failing.sandbox.asked, ['stage main.go sdk.py', 'execute /build', 'destroy']);
});

const TEST: TestCase = {
  name: undefined,
  args: ['7'],
  stdin: Buffer.from('in'),
  expected: Buffer.from('printed'),
  timeoutMs: 1000,
  cpuTimeoutMs: 500,
};
const JUDGING: TestSuite = {
  tests: [TEST, { ...TEST, expected: Buffer.from('something else') }, TEST],
  judge: { kind: 'comparison', comparison: { kind: 'lines' } },
  stopsOnFailure: false,
  responseBytes: 1000,
};

test('a judged run: compiled once, snapshot, reset between tests, nothing collected', async () => {
  const { sandbox, run } = setting();
  const result = await run({ runtime: 'go', judging: JUDGING });
  assert.deepEqual(sandbox.asked, [
    'stage main.go sdk.py',
    'execute /build',
    'snapshot /workspace',
    'reset',
    'execute /main',
    'reset',
    'execute /main',
    'reset',
    'execute /main',
    'destroy',
  ]);
  assert.deepEqual(
    result.judgement?.tests.map(({ verdict }) => verdict),
    ['accepted', 'wrong_answer', 'accepted'],
  );
  assert.deepEqual([result.judgement?.verdict, result.status, result.metadata], ['wrong_answer', 'completed', null]);
  assert.equal(
    result.run,
    result.judgement?.tests[1]?.execution,
    'the response describes the first test that was not accepted',
  );
  assert.ok(Math.abs(result.timings.runMs - 3 * 12.3456) < 1e-9);
});

test("a test's own arguments, input and limits reach the program", async () => {
  const commands: Command[] = [];
  const { run } = setting({
    execute: async (command) => {
      commands.push(command);
      return execution();
    },
  });
  await run({ args: ['of the request'], judging: { ...JUDGING, tests: [TEST] } });
  const [command] = commands;
  assert.deepEqual(command?.argv, ['/usr/bin/python3', 'main.py', '7']);
  assert.deepEqual([command?.stdin, command?.wallMs, command?.cpuMs], [Buffer.from('in'), 1000, 500]);
});

test('a judged program that does not compile', async () => {
  const failing = setting({ execute: async () => execution({ fate: { status: 'completed', exitCode: 1 } }) });
  const { status, run, judgement } = await failing.run({ runtime: 'go', judging: JUDGING });
  assert.deepEqual([status, run, judgement?.verdict], ['compile_failed', null, 'compile_error']);
  assert.deepEqual(failing.sandbox.asked, ['stage main.go sdk.py', 'execute /build', 'destroy']);
});

test('a checker has its own sandbox, which ends with the run', async () => {
  const sandboxes: ScriptedSandbox[] = [];
  const create = async () => {
    const sandbox = new ScriptedSandbox({});
    sandboxes.push(sandbox);
    return sandbox;
  };
  const checker = runRequest({ runtime: 'go', args: ['input', 'output', 'expected'] });
  const { run } = setting({}, { factory: { create } });
  const result = await run({ judging: { ...JUDGING, judge: { kind: 'checker', program: checker } } });
  assert.deepEqual(
    result.judgement?.tests.map(({ verdict, message }) => [verdict, message]),
    Array(3).fill(['accepted', 'printed']),
  );
  const [program, judge] = sandboxes.map(({ asked }) => asked);
  assert.ok(!program?.some((asked) => asked.includes('expected')));
  assert.deepEqual(judge?.slice(0, 6), [
    'stage main.go sdk.py',
    'execute /build',
    'snapshot /workspace',
    'reset',
    'stage input expected output',
    'execute /main',
  ]);
  assert.deepEqual([program?.at(-1), judge?.at(-1)], ['destroy', 'destroy']);
});

test('a checker that does not compile or has an unknown runtime is a bad request', async () => {
  const judge = (runtime: string): TestSuite => ({
    ...JUDGING,
    judge: { kind: 'checker', program: runRequest({ runtime }) },
  });
  const { run } = setting({
    execute: async ({ argv }) => execution({ fate: { status: 'completed', exitCode: argv[0] === '/build' ? 1 : 0 } }),
  });
  await assert.rejects(
    run({ judging: judge('go') }),
    (error) => error instanceof RunnerError && error.code === 'invalid_request' && /checker/.test(error.detail),
  );
  await assert.rejects(
    run({ judging: judge('cobol') }),
    (error) => error instanceof RunnerError && error.code === 'unknown_runtime',
  );
});

test('the times of all phases are reported and add up to no more than the total', async () => {
  const { timings } = await setting().run({ runtime: 'go' });
  assert.deepEqual([timings.compileMs, timings.runMs], [12.3456, 12.3456]);
  for (const value of Object.values(timings)) assert.ok(value >= 0);
});

test('whatever happens, the sandbox ends and the slot is freed', async () => {
  const error = new RunnerError('internal', 'lost');
  const { sandbox, outcomes, admission, run } = setting({
    execute: () => Promise.reject(error),
    collect: () => Promise.reject(error),
  });
  await assert.rejects(run(), (thrown) => thrown === error);
  assert.equal(sandbox.asked.at(-1), 'destroy');
  assert.equal(admission.running, 0);
  await tick();
  assert.deepEqual(
    outcomes.map((outcome) => [outcome.result, outcome.error]),
    [[undefined, error]],
  );
});

test('if the client disconnects, the sandbox is destroyed at once and the reason is recorded', async () => {
  const client = new AbortController();
  let fail = (_error: Error) => {};
  const { sandbox, outcomes, run } = setting({
    execute: () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  });
  const running = run({}, client.signal);
  while (!sandbox.asked.includes('execute /usr/bin/python3')) await tick();
  client.abort(new RunAborted('client-gone'));
  await tick();
  assert.equal(sandbox.asked.at(-1), 'destroy');
  fail(new RunnerError('internal', 'The sandbox was given up.'));
  await assert.rejects(running, (error) => error instanceof RunAborted && error.reason === 'client-gone');
  await tick();
  assert.ok(outcomes[0]?.error instanceof RunAborted);
});

test('an unavailable engine is reported as such', async () => {
  const error = new RunnerError('engine_unavailable', 'gone');
  const { admission, run } = setting({}, { factory: { create: () => Promise.reject(error) } });
  await assert.rejects(run(), (thrown) => thrown === error);
  assert.equal(admission.running, 0);
});

test('a request that cannot be planned takes no slot and no sandbox, and is recorded like any other', async () => {
  const { sandbox, outcomes, run } = setting();
  await assert.rejects(
    run({ runtime: 'cobol' }),
    (error) => error instanceof RunnerError && error.code === 'unknown_runtime',
  );
  await assert.rejects(
    run({ code: undefined }),
    (error) => error instanceof RunnerError && error.violations[0]?.kind === 'no_program',
  );
  assert.deepEqual(sandbox.asked, []);
  await tick();
  assert.deepEqual(
    outcomes.map(({ runtime, error }) => [runtime, error instanceof RunnerError && error.code]),
    [
      [undefined, 'unknown_runtime'],
      ['python', 'invalid_request'],
    ],
  );
});

test('total_ms starts when the request arrives and includes a build', async () => {
  const { outcomes, runner, record } = setting();
  const recorder = record();
  // The time itself is what is tested.
  await sleep(20);
  const { timings } = await runner.run(runRequest(), { recorder, signal: NEVER });
  await tick();
  assert.ok(timings.totalMs >= 19, `${timings.totalMs} ms`);
  assert.ok((outcomes[0]?.totalMs ?? 0) >= timings.totalMs);
});

test('a failed build is recorded with the requested runtime and the time that it took', async () => {
  const failure = new RunnerError('build_failed', 'Build failed: no.');
  const build = async () => {
    await sleep(20);
    throw failure;
  };
  const { outcomes, run } = setting({}, { extensions: { resolve: build } });
  await assert.rejects(run(), (error) => error === failure);
  await tick();
  const [outcome, ...more] = outcomes;
  assert.deepEqual([more, outcome?.runtime, outcome?.error], [[], 'python', failure]);
  assert.ok((outcome?.totalMs ?? 0) >= 19, `${outcome?.totalMs} ms`);
});

test('a runtime that is known to be broken is refused before a sandbox is created; others are not', async () => {
  const refusal = new RunnerError('runtime_not_ready', 'Build it.');
  const requireReady = ({ id }: { id: string }) => {
    if (id === 'go') throw refusal;
  };
  const { sandbox, run } = setting({}, { requireReady });
  await assert.rejects(run({ runtime: 'go' }), (error) => error === refusal);
  assert.deepEqual(sandbox.asked, []);
  assert.equal((await run()).status, 'completed');
});

test('metadata is any JSON value', async () => {
  for (const value of [null, 0, '', [1], { a: { b: 'ü' } }]) {
    assert.deepEqual((await setting(metadataFile(JSON.stringify(value))).run()).metadata, value);
  }
  assert.equal((await setting().run()).metadata, null);
});

test('unusable metadata is null with a note, and the run still succeeds', async () => {
  const bad = {
    '': /not JSON/,
    '{': /not JSON/,
    '"\xff"': /not JSON/,
    [`${'['.repeat(30_000)}${']'.repeat(30_000)}`]: /deeply/,
  };
  for (const [content, note] of Object.entries(bad)) {
    const { outcomes, run } = setting(metadataFile(Buffer.from(content, 'latin1')));
    const result = await run();
    assert.equal(result.metadata, null);
    JSON.stringify(result);
    await tick();
    assert.match(outcomes[0]?.notes.join() ?? '', note);
  }
});

test('metadata that is too large is null with a note', async () => {
  const omitted = { files: [], omitted: [{ path: Buffer.from('m'), reason: 'too_large' }] };
  const { outcomes, run } = setting({ collect: async () => omitted });
  assert.equal((await run()).metadata, null);
  await tick();
  assert.deepEqual(outcomes[0]?.notes, ['metadata ignored: too_large']);
});

test('lost files do not lose the result', async () => {
  const { outcomes, run } = setting({ collect: () => Promise.reject(new Error('lost')) });
  const result = await run({ outputFiles: ['x'] });
  assert.equal(result.status, 'completed');
  assert.deepEqual(result.collected, { files: [], omitted: [{ path: Buffer.from('x'), reason: 'not_collected' }] });
  await tick();
  assert.deepEqual(outcomes[0]?.notes, ['metadata not collected: lost', 'output files not collected: lost']);
});
