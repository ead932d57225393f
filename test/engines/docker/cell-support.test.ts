import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { Command } from '../../../src/core/command.ts';
import { RunnerError } from '../../../src/core/errors.ts';
import type { Execution } from '../../../src/core/result.ts';
import { CellSupport, describeProblem, probeCell } from '../../../src/engines/docker/cell-support.ts';
import { execution } from '../../fixtures.ts';

function stateOf(support: CellSupport, image = 'image') {
  return { proven: support.isProven(image), refused: support.isRefused(image), problem: support.problemOf(image) };
}

test('an image that was not tried is neither proven nor refused', () => {
  assert.deepEqual(stateOf(new CellSupport()), { proven: false, refused: false, problem: undefined });
});

test('cells that worked are proven, of this image alone', () => {
  const support = new CellSupport();
  support.note('image');
  assert.deepEqual(stateOf(support), { proven: true, refused: false, problem: undefined });
  assert.deepEqual(stateOf(support, 'other'), { proven: false, refused: false, problem: undefined });
});

test('an image whose cells failed is refused for five minutes, then tried again; the reason is known until it works', (t) => {
  const support = new CellSupport();
  const notedAt = performance.now();
  support.note('image', 'no user namespaces');
  const refused = { proven: false, refused: true, problem: 'no user namespaces' };
  assert.deepEqual(stateOf(support), refused);
  const clock = t.mock.method(performance, 'now', () => notedAt + 299_000);
  assert.deepEqual(stateOf(support), refused);
  clock.mock.mockImplementation(() => notedAt + 301_000);
  assert.deepEqual(stateOf(support), { ...refused, refused: false });
  support.note('image');
  assert.deepEqual(stateOf(support), { proven: true, refused: false, problem: undefined });
});

test('the findings of 500 images are kept, those that were made last', () => {
  const support = new CellSupport();
  for (let index = 0; index < 500; index += 1) support.note(`image ${index}`);
  support.note('image 0');
  support.note('another');
  const isKept = (image: string) => support.isProven(image);
  assert.deepEqual(['image 0', 'image 1', 'image 2', 'another'].map(isKept), [true, false, true, true]);
});

function sessionThatAnswers(answer: Execution, commands: Command[] = []) {
  return {
    execute: async (command: Command) => {
      commands.push(command);
      return answer;
    },
  };
}

test('a probe that ends with 0 is a cell', async () => {
  await probeCell(sessionThatAnswers(execution()));
});

test('a probe that ends otherwise throws what it found', async () => {
  const ends: [changes: Parameters<typeof execution>[0], message: RegExp][] = [
    [
      { fate: { status: 'completed', exitCode: 1 }, stdout: 'capabilities are left\n' },
      /completed: capabilities are left$/,
    ],
    [{ fate: { status: 'timed_out' } }, /timed_out/],
    [{ fate: { status: 'signaled', signal: 31 } }, /signaled/],
  ];
  for (const [changes, message] of ends) {
    await assert.rejects(probeCell(sessionThatAnswers(execution(changes))), (error) => {
      assert.ok(error instanceof RunnerError && error.code === 'internal');
      assert.match(error.message, message);
      return true;
    });
  }
});

test('the probe is a script that a shell understands, and what is no cell fails it', async () => {
  const commands: Command[] = [];
  await probeCell(sessionThatAnswers(execution(), commands));
  const [shell = '', ...args] = commands[0]?.argv ?? [];
  assert.equal(spawnSync(shell, ['-n', ...args], { encoding: 'utf8' }).stderr, '');
  const { status, stdout } = spawnSync(shell, args, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stdout, /^(no \/proc of its own|capabilities are left|new namespaces are allowed)\n$/);
});

test('a problem is one line: the first of what caused it', () => {
  assert.equal(describeProblem('text'), 'text');
  assert.equal(describeProblem(new Error('plain')), 'plain');
  assert.equal(describeProblem(new Error('outer', { cause: new Error('inner') })), 'inner');
  const cause = 'sandbox-init: mount proc on /proc: EPERM\nsandbox-init: cells: one ended with 256\n';
  assert.equal(describeProblem(new Error('lost.', { cause })), 'sandbox-init: mount proc on /proc: EPERM');
});
