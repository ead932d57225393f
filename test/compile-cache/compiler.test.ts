import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompileCache } from '../../src/compile-cache/compile-cache.ts';
import { Compiler, type CompileSandbox, type CompileTask } from '../../src/compile-cache/compiler.ts';
import { ArtefactStore } from '../../src/compile-cache/store.ts';
import type { CollectRequest } from '../../src/core/command.ts';
import { RunnerError } from '../../src/core/errors.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { SourceFile } from '../../src/core/request.ts';
import type { Collected, Execution } from '../../src/core/result.ts';
import { command, execution, file, MEBIBYTE, POLICY, path } from '../fixtures.ts';
import { freshFolder } from './entries.ts';

const NEVER = new AbortController().signal;
const TASK: CompileTask = {
  command: { ...command({ argv: ['/build'] }), stdin: new Uint8Array() },
  artefact: { root: '/tmp', path: path('out/main') },
  files: [file('main.go', 'package main'), file('ü/a.go', 'package a')],
  limits: defaultLimits(POLICY),
};
const BINARY = Buffer.from('binary');

function collected(...files: [name: string, content: string][]): Collected {
  return {
    files: files.map(([name, content]) => ({ path: Buffer.from(name), content: Buffer.from(content) })),
    omitted: [],
  };
}

function omitted(...names: string[]): Collected {
  return { files: [], omitted: names.map((name) => ({ path: Buffer.from(name), reason: 'too_large' })) };
}

/** A fake sandbox that compiles as the test says and records its calls. */
class ScriptedWorkshop implements CompileSandbox {
  imageId = 'sha256:1';
  readonly asked: string[] = [];
  compiled: Execution = execution();
  made: Collected = collected(['out/main', 'binary']);
  inWorkspace: Collected = omitted('main.go', 'ü/a.go');
  lost: RunnerError | undefined;

  stage(files: readonly SourceFile[], root = '/workspace'): void {
    this.asked.push(
      `stage ${root} ${files.map((staged) => `${staged.path}${staged.executable ? ' executable' : ''}`).join(' ')}`,
    );
  }

  async execute(): Promise<Execution> {
    this.asked.push('execute');
    return this.compiled;
  }

  async collect({ root }: CollectRequest): Promise<Collected> {
    this.asked.push(`collect ${root}`);
    if (this.lost) throw this.lost;
    return root === '/tmp' ? this.made : this.inWorkspace;
  }
}

function newCompiler(): Compiler {
  const store = new ArtefactStore({
    directory: freshFolder(),
    maxBytes: MEBIBYTE,
    onError: (error) => assert.fail(String(error)),
  });
  return new Compiler(new CompileCache(store, MEBIBYTE));
}

/** Whether a second sandbox uses the cached result of the first. */
async function isKept(changes: Partial<ScriptedWorkshop>, task: CompileTask = TASK): Promise<boolean> {
  const compiler = newCompiler();
  for (const first of [true, false]) {
    const sandbox = Object.assign(new ScriptedWorkshop(), changes);
    const { cached } = await compiler.prepare(task, sandbox, NEVER);
    if (first) assert.equal(cached, false);
    else return cached;
  }
  return assert.fail();
}

test('the artefact is collected after the compile phase and restored as an executable', async () => {
  const compiler = newCompiler();
  const [first, second] = [new ScriptedWorkshop(), new ScriptedWorkshop()];
  assert.deepEqual(await compiler.prepare(TASK, first, NEVER), { ...execution(), cached: false, spentMs: 12.3456 });
  assert.deepEqual(first.asked, ['stage /workspace main.go ü/a.go', 'execute', 'collect /tmp', 'collect /workspace']);
  const { spentMs, ...rest } = await compiler.prepare(TASK, second, NEVER);
  assert.deepEqual(rest, { ...execution(), cached: true });
  assert.ok(spentMs >= 0 && spentMs < 1000);
  assert.deepEqual(second.asked, ['stage /workspace main.go ü/a.go', 'stage /tmp out/main executable']);
});

test('a compile failure is cached, and nothing is restored for it', async () => {
  const compiled = execution({ fate: { status: 'completed', exitCode: 1 }, stderr: 'no' });
  assert.equal(await isKept({ compiled, made: omitted('out/main') }), true);
});

test('a result that may be incomplete is not cached', async () => {
  const unknown: Partial<ScriptedWorkshop>[] = [
    { made: omitted('out/main') },
    { inWorkspace: omitted('main.go', 'ü/a.go', 'made.txt') },
    { inWorkspace: collected(['empty', '']) },
    { inWorkspace: { files: [], omitted: [{ path: Buffer.from('ü/a.go', 'latin1'), reason: 'too_large' }] } },
    { compiled: execution({ fate: { status: 'timed_out' } }) },
  ];
  assert.equal(await isKept({}), true);
  for (const changes of unknown) assert.equal(await isKept(changes), false, JSON.stringify(changes));
  assert.equal(await isKept({}, { ...TASK, artefact: undefined }), false);
});

test('an artefact in the working directory does not prevent caching', async () => {
  const artefact = { root: '/workspace', path: path('main') } as const;
  const inWorkspace = { files: [{ path: Buffer.from('main'), content: BINARY }], omitted: omitted('main.go').omitted };
  assert.equal(await isKept({ inWorkspace }, { ...TASK, artefact }), true);
});

test('a compile phase that ended survives the loss of its sandbox, unless its artefact is lost', async () => {
  const lost = new RunnerError('internal', 'lost');
  const timedOut = Object.assign(new ScriptedWorkshop(), {
    lost,
    compiled: execution({ fate: { status: 'timed_out' } }),
  });
  assert.equal((await newCompiler().prepare(TASK, timedOut, NEVER)).fate.status, 'timed_out');
  const succeeded = Object.assign(new ScriptedWorkshop(), { lost });
  await assert.rejects(newCompiler().prepare(TASK, succeeded, NEVER), lost);
});

test('without a cache everything is compiled and nothing is collected', async () => {
  const sandbox = new ScriptedWorkshop();
  const { cached } = await new Compiler(undefined).prepare(TASK, sandbox, NEVER);
  assert.deepEqual([cached, sandbox.asked], [false, ['stage /workspace main.go ü/a.go', 'execute']]);
});
