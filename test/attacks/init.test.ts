// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAllRefused, outcomes, Target } from './attack.ts';

describe('attacks on sandbox-init', () => {
  let target: Target;
  before(async () => {
    target = await Target.start();
  });
  after(() => target.stop());

  test('its memory, descriptors, limits, priority and scheduling are out of reach', async () => {
    const answer = await target.attack('init_attack.py');
    assert.deepEqual([answer.status, answer.exit_code, answer.stderr], ['completed', 0, '']);
    const attempts = outcomes(answer.stdout);
    // Two calls fail because of their arguments. They would also fail because of their target.
    assert.equal(attempts['setpgid'], 'ESRCH');
    assert.ok(['EINVAL', 'EPERM'].includes(attempts['process_mrelease'] ?? ''));
    const { setpgid: _, process_mrelease: __, ...rest } = attempts;
    // ENOENT and ENOSYS: this kernel does not have the file or call.
    assertAllRefused(rest, ['EACCES', 'EPERM', 'ENOENT', 'ENOSYS'], 70);
  });

  test('it ignores every signal, however it is sent', async () => {
    const answer = await target.attack('init_signals.py');
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 9], answer.stderr);
    assert.match(answer.stdout, /^PID 1 is in state [SR]\n$/);
  });

  test('a program inherits no descriptor that could be used to forge an event', async () => {
    const answer = await target.attack('init_descriptors.py', { stdin: 'x' });
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 11], answer.stderr);
    assert.equal(answer.stdout, 'extra [] listed [] others []\n');
  });

  test('its filter refuses system calls of other ABIs', async () => {
    const answer = await target.attack('foreign_syscalls.py');
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0], answer.stderr);
    assertAllRefused(outcomes(answer.stdout), ['ENOSYS'], 7);
  });
});
