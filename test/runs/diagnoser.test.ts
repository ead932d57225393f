import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../src/core/command.ts';
import { RunAborted, RunnerError } from '../../src/core/errors.ts';
import type { SourceFile } from '../../src/core/request.ts';
import type { Execution } from '../../src/core/result.ts';
import { Diagnoser, type DiagnoserOptions } from '../../src/runs/diagnoser.ts';
import { RuntimeRegistry } from '../../src/runtimes/registry.ts';
import type { Lease } from '../../src/sandbox/lease.ts';
import { execution, file, POLICY, runRequest, runtime } from '../fixtures.ts';

/** A diagnoser with a sandbox that records what it is asked to do. */

const LINE = {
  report: '^(?<file>[^:]+):(?<line>\\d+): (?<message>.*)$',
  pick: 'first',
  until: '^',
  type: 'syntax_error',
};
const CHECK = { command: ['/check'], environment: { OWN: '1' }, problems: [LINE] };
const PYTHON = runtime('python', { check: CHECK });
const PLAIN = runtime('plain', { aliases: [] });
const NEVER = new AbortController().signal;

interface Laboratory {
  readonly diagnoser: Diagnoser;
  readonly staged: SourceFile[];
  readonly commands: Command[];
  readonly tenants: string[];
  readonly released: string[];
}

function laboratory(execute: () => Promise<Execution>, changes: Partial<DiagnoserOptions> = {}): Laboratory {
  const staged: SourceFile[] = [];
  const commands: Command[] = [];
  const tenants: string[] = [];
  const released: string[] = [];
  const sandbox = {
    stage: (files: readonly SourceFile[]) => staged.push(...files),
    execute: (command: Command) => {
      commands.push(command);
      return execute();
    },
  };
  const lease = { sandbox, release: () => released.push('sandbox') } as unknown as Lease;
  const diagnoser = new Diagnoser({
    runtimes: new RuntimeRegistry([PYTHON, PLAIN]),
    admission: {
      admit: async (work, { tenant }) => {
        tenants.push(tenant);
        return work(0);
      },
    },
    pool: { lease: async () => lease },
    limits: POLICY,
    isolation: 'cell',
    requireReady: () => undefined,
    ...changes,
  });
  return { diagnoser, staged, commands, tenants, released };
}

const call = (signal: AbortSignal = NEVER) => ({ tenant: 'jane', signal });

test('the check gets the source files, its own environment and nothing of the caller', async () => {
  const { diagnoser, staged, commands, tenants, released } = laboratory(async () => execution());
  const files = [file('lib/a.py', ''), file('data.txt', '')];
  const request = runRequest({ files, args: ['x'], environment: { EVIL: '1' }, stdin: Buffer.from('in') });
  assert.deepEqual(await diagnoser.diagnose(request, call()), { runtime: 'python', violations: [], problems: [] });
  assert.deepEqual(
    staged.map(({ path }) => path),
    ['main.py', 'lib/a.py', 'data.txt', 'sdk.py'],
  );
  const [command] = commands;
  assert.deepEqual(command?.argv, ['/check', './main.py', './lib/a.py']);
  assert.deepEqual(command.environment, { ...PYTHON.manifest.environment, OWN: '1' });
  assert.deepEqual([command.stdin, tenants, released], [new Uint8Array(), ['jane'], ['sandbox']]);
});

test('problems from both streams, in the order of the files', async () => {
  const ended = execution({
    fate: { status: 'completed', exitCode: 1 },
    stdout: 'a.py:2: no\n',
    stderr: 'b.py:1: bad\na.py:1: odd\n',
  });
  const { diagnoser } = laboratory(async () => ended);
  const { problems } = await diagnoser.diagnose(runRequest(), call());
  assert.deepEqual(
    problems.map(({ file: path, line, message }) => [path, line, message]),
    [
      ['a.py', 1, 'odd'],
      ['a.py', 2, 'no'],
      ['b.py', 1, 'bad'],
    ],
  );
});

test('a check that ends at a limit or fails without a reason is a warning', async () => {
  for (const fate of [
    { status: 'timed_out' },
    { status: 'out_of_memory' },
    { status: 'completed', exitCode: 1 },
  ] as const) {
    const { diagnoser } = laboratory(async () => execution({ fate }));
    const { problems } = await diagnoser.diagnose(runRequest(), call());
    assert.deepEqual(
      problems.map(({ code, severity }) => [code, severity]),
      [['not_checked', 'warning']],
    );
  }
});

test('files beyond the hundredth are not checked, and that is said', async () => {
  const { diagnoser, commands } = laboratory(async () => execution());
  const files = Array.from({ length: 120 }, (_, nth) => file(`m${nth}.py`, ''));
  const { problems } = await diagnoser.diagnose(runRequest({ files }), call());
  assert.equal(commands[0]?.argv.length, 101);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['not_checked'],
  );
});

test('without a check or a source file there is no sandbox', async () => {
  const { diagnoser, tenants } = laboratory(async () => execution());
  await diagnoser.diagnose(runRequest({ runtime: 'plain' }), call());
  const { violations } = await diagnoser.diagnose(runRequest({ code: undefined, files: [file('a.txt', '')] }), call());
  assert.deepEqual(
    violations.map(({ kind }) => kind),
    ['no_program'],
  );
  assert.deepEqual(tenants, []);
});

test('a prebuild is checked as its base; an unknown name is refused', async () => {
  const baseOf = async (name: string) => (name === 'mine' ? PYTHON : undefined);
  const { diagnoser, commands } = laboratory(async () => execution(), { prebuilds: { baseOf } });
  assert.equal((await diagnoser.diagnose(runRequest({ runtime: 'mine' }), call())).runtime, 'python');
  assert.equal(commands.length, 1);
  await assert.rejects(diagnoser.diagnose(runRequest({ runtime: 'pyton' }), call()), /Did you mean python/);
});

test('a runtime that is not ready and a lost sandbox are errors; a cancelled diagnosis ends with its reason', async () => {
  const notReady = new RunnerError('runtime_not_ready', 'no');
  const requireReady = () => {
    throw notReady;
  };
  await assert.rejects(
    laboratory(async () => execution(), { requireReady }).diagnoser.diagnose(runRequest(), call()),
    notReady,
  );
  const lost = new RunnerError('internal', 'lost');
  const failing = laboratory(() => Promise.reject(lost));
  await assert.rejects(failing.diagnoser.diagnose(runRequest(), call()), lost);
  assert.deepEqual(failing.released, ['sandbox']);
  const controller = new AbortController();
  const gone = new RunAborted('client-gone');
  const cancelled = laboratory(async () => {
    controller.abort(gone);
    throw lost;
  });
  await assert.rejects(cancelled.diagnoser.diagnose(runRequest(), call(controller.signal)), gone);
});
