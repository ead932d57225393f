import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import { command, execution, file } from '../fixtures.ts';
import { Laboratory } from './sandboxes.ts';

const LOST = new RunnerError('internal', 'lost');

function isLost(error: unknown): boolean {
  return error === LOST;
}

test('a snapshot before the first execution, a reset before every one', async () => {
  const laboratory = new Laboratory();
  const sandbox = await laboratory.programSandbox();
  await sandbox.execute(command());
  await sandbox.execute(command(), [file('input', 'x')]);
  assert.deepEqual(laboratory.log, [
    'prepare s1',
    'snapshot s1 /workspace',
    'reset s1',
    'execute s1',
    'reset s1',
    'execute s1',
  ]);
  assert.deepEqual(laboratory.staged, [{ input: 'x' }]);
});

test('a reset and the following execution are sent without waiting', async () => {
  let finishReset = () => {};
  const laboratory = new Laboratory({
    reset: () =>
      new Promise((resolve) => {
        finishReset = resolve;
      }),
  });
  const sandbox = await laboratory.programSandbox();
  const execution = sandbox.execute(command());
  await new Promise(setImmediate);
  assert.deepEqual(laboratory.log.slice(-2), ['reset s1', 'execute s1']);
  finishReset();
  await execution;
});

test('a sandbox that cannot be reset is replaced by a prepared one, and the test still runs', async () => {
  const laboratory = new Laboratory({
    reset: (nth) => (nth === 2 ? Promise.reject(LOST) : Promise.resolve()),
    program: (_, nth) => (nth === 2 ? Promise.reject(LOST) : execution({ stdout: `execution ${nth}` })),
  });
  const sandbox = await laboratory.programSandbox();
  await sandbox.execute(command());
  const { stdout } = await sandbox.execute(command());
  assert.equal(stdout.bytes.toString(), 'execution 3');
  assert.deepEqual(laboratory.log.slice(4), [
    'reset s1',
    'execute s1',
    'release s1',
    'prepare s2',
    'snapshot s2 /workspace',
    'reset s2',
    'execute s2',
  ]);
});

test('a result counts only if its reset succeeded', async () => {
  const reset = (nth: number) => (nth === 1 ? Promise.reject(LOST) : Promise.resolve());
  const laboratory = new Laboratory({ reset });
  await (await laboratory.programSandbox()).execute(command());
  assert.equal(laboratory.log.at(-1), 'execute s2', 'the result of the first one does not count');
});

test('a sandbox lost twice is an error of the service; so is an unavailable engine, without a second attempt', async () => {
  const twice = new Laboratory({ program: () => Promise.reject(LOST) });
  await assert.rejects((await twice.programSandbox()).execute(command()), isLost);
  assert.equal(twice.log.filter((line) => line.startsWith('prepare')).length, 2);
  const away = new RunnerError('engine_unavailable', 'away');
  const once = new Laboratory({ program: () => Promise.reject(away) });
  await assert.rejects((await once.programSandbox()).execute(command()), (error) => error === away);
  assert.equal(once.log.filter((line) => line.startsWith('prepare')).length, 1);
});

test('a program that compiled before must compile again', async () => {
  const laboratory = new Laboratory({
    compile: (nth) => execution({ fate: { status: 'completed', exitCode: nth - 1 } }),
    program: () => Promise.reject(LOST),
  });
  const sandbox = await laboratory.programSandbox();
  await assert.rejects(sandbox.execute(command()), /did not compile again/);
});

test('renew resets once', async () => {
  const laboratory = new Laboratory();
  const sandbox = await laboratory.programSandbox();
  await sandbox.renew();
  await sandbox.renew();
  await sandbox.start(command());
  await sandbox.renew();
  await sandbox.start(command());
  assert.deepEqual(laboratory.log.slice(1), [
    'snapshot s1 /workspace',
    'reset s1',
    'execute s1',
    'reset s1',
    'execute s1',
  ]);
});
