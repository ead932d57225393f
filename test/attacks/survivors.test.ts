// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Target } from './attack.ts';

describe('programs that want to outlive their run', () => {
  let target: Target;
  before(async () => {
    target = await Target.start();
  });
  after(() => target.stop());

  test('a program that sleeps and ignores every signal times out', async () => {
    const answer = await target.attack('ignore_signals.py', { timeout: 1 });
    assert.deepEqual([answer.status, answer.stdout], ['timed_out', 'before\n']);
  });

  test('a program that stops itself and all others times out', async () => {
    const answer = await target.attack('stop_self.py', { timeout: 1 });
    assert.deepEqual([answer.status, answer.stdout], ['timed_out', 'before\n']);
  });

  test('a daemon that holds the pipes does not delay the response', async () => {
    const answer = await target.attack('daemon_pipes.py', { timeout: 10 });
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0]);
    assert.match(answer.stdout, /^(daemon\n)+main ends\n(daemon\n)*$/);
    assert.ok(answer.usage.wall_ms < 3000);
  });

  test('daemons in their own sessions that fork very fast do not outlive the run', async () => {
    const answer = await target.attack('daemon_outlive.py', { timeout: 10 });
    assert.deepEqual([answer.status, answer.exit_code, answer.stdout], ['completed', 0, 'main ends\n']);
  });

  test('a program that closes all its descriptors and hangs times out; one that exits is completed', async () => {
    const hanging = await target.attack('close_everything.py', {
      args: ['hang'],
      timeout: 1,
      stdin: 'x'.repeat(100_000),
    });
    assert.deepEqual([hanging.status, hanging.stdout], ['timed_out', 'before\n']);
    const ending = await target.attack('close_everything.py', { args: ['end'], stdin: 'x'.repeat(1_000_000) });
    assert.deepEqual([ending.status, ending.exit_code, ending.stdout], ['completed', 5, 'before\n']);
  });

  test('a program that kills everything it can times out or kills itself, and sandbox-init reports it', async () => {
    // kill(-1) spares the caller, so only its children are dead.
    const answer = await target.attack('vanish.py', { timeout: 1 });
    assert.deepEqual([answer.status, answer.stdout], ['timed_out', 'before\n']);
  });
});
