// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Target } from './attack.ts';

describe('programs that want to outlive their run', () => {
  let target: Target;
  before(async () => {
    target = await Target.start();
  });
  after(() => target.stop());

  test('a sleeper that ignores every signal is timed out', async () => {
    const answer = await target.attack('ignore_signals.py', { timeout: 1 });
    assert.deepEqual([answer.status, answer.stdout], ['timed_out', 'before\n']);
  });

  test('a program that stops itself and all others is timed out', async () => {
    const answer = await target.attack('stop_self.py', { timeout: 1 });
    assert.deepEqual([answer.status, answer.stdout], ['timed_out', 'before\n']);
  });

  test('a daemon that keeps the pipes does not keep the answer', async () => {
    const answer = await target.attack('daemon_pipes.py', { timeout: 10 });
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0]);
    assert.match(answer.stdout, /^(daemon\n)+main ends\n(daemon\n)*$/);
    assert.ok(answer.usage.wall_ms < 3000);
  });

  test('daemons in sessions of their own that fork faster than they can be named do not outlive it', async () => {
    const answer = await target.attack('daemon_outlive.py', { timeout: 10 });
    assert.deepEqual([answer.status, answer.exit_code, answer.stdout], ['completed', 0, 'main ends\n']);
  });

  test('a program that closes all its descriptors and hangs is timed out; one that ends is completed', async () => {
    const hanging = await target.attack('close_everything.py', {
      args: ['hang'],
      timeout: 1,
      stdin: 'x'.repeat(100_000),
    });
    assert.deepEqual([hanging.status, hanging.stdout], ['timed_out', 'before\n']);
    const ending = await target.attack('close_everything.py', { args: ['end'], stdin: 'x'.repeat(1_000_000) });
    assert.deepEqual([ending.status, ending.exit_code, ending.stdout], ['completed', 5, 'before\n']);
  });

  test('a program that kills everything it can is timed out or killed by itself, and sandbox-init tells so', async () => {
    // kill(-1) spares the caller: its children and nobody else are dead.
    const answer = await target.attack('vanish.py', { timeout: 1 });
    assert.deepEqual([answer.status, answer.stdout], ['timed_out', 'before\n']);
  });
});
