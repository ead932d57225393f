// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { IN_CELLS } from '../e2e/service.ts';
import { assertAllRefused, outcomes, Target } from './attack.ts';

/** Ordinary protocols over the loopback interface. They do not lead out of the sandbox. */
const HARMLESS = ['socket mptcp', 'socket udplite', 'socket sctp'];

/** Names of attempts to become root, or to give it something. */
const AS_ROOT = ['setuid 0', 'setgid 0', 'setresuid 0', 'chown to root'];

describe('attacks on the kernel and the machine', () => {
  let target: Target;
  before(async () => {
    target = await Target.start();
  });
  after(() => target.stop());

  test('nothing that controls the machine can be written: /proc, /sys, control groups', async () => {
    const answer = await target.attack('proc_sys.py');
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0], answer.stderr);
    assert.ok(Number(answer.stdout.split('\n')[0]) >= 5, 'control group files were found and tried');
    assertAllRefused(outcomes(answer.stdout), ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EISDIR'], 60);
  });

  test('mounts, chroot, devices, users, namespaces, keys, modules, tracing and raw sockets are refused', async () => {
    const answer = await target.attack('escape.py');
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0], answer.stderr);
    const escapes = outcomes(answer.stdout);
    const judged = Object.entries(escapes).filter(
      ([name]) => !HARMLESS.includes(name) && !(IN_CELLS && AS_ROOT.includes(name)),
    );
    // In a cell there is no such user.
    if (IN_CELLS)
      assertAllRefused(
        Object.fromEntries(AS_ROOT.map((name) => [name, escapes[name] ?? ''])),
        ['EINVAL'],
        AS_ROOT.length,
      );
    // ENOSYS, E…NOSUPPORT: this kernel does not have it. ValueError: Python raises it for a hard limit that may not be raised.
    const reasons = ['EPERM', 'EACCES', 'ENOSYS', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ESOCKTNOSUPPORT', 'ValueError'];
    assertAllRefused(Object.fromEntries(judged), reasons, 80);
  });

  test('what the kernel counts for the whole machine is refused: socket filters, nested filters, asynchronous I/O', async () => {
    const answer = await target.attack('kernel_budgets.py');
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0], answer.stderr);
    const attempts = outcomes(answer.stdout);
    assert.deepEqual(
      [attempts['io_setup'], attempts['seccomp()'], attempts['prctl(PR_SET_SECCOMP)']],
      ['ENOSYS', 'ENOSYS', 'EINVAL'],
    );
    assertAllRefused(attempts, ['EPERM', 'ENOSYS', 'EINVAL'], 15);
  });

  test('no engine socket, disk or other socket can be found', async () => {
    const answer = await target.attack('engine_socket.py');
    assert.equal(answer.status, 'completed', answer.stderr);
    assert.equal(answer.stdout.split('\n')[0], 'sockets and disks [] unix []');
    assertAllRefused(outcomes(answer.stdout), ['ENOENT', 'ECONNREFUSED', 'EACCES'], 9);
  });

  test('the image cannot be changed and has no privileged program and no writable folder', async () => {
    const answer = await target.attack('write_image.py');
    assert.equal(answer.status, 'completed', answer.stderr);
    assert.equal(answer.stdout.split('\n')[0], "privileged [] writable ['/tmp', '/workspace']");
    // EXDEV: everything that could be renamed is on another file system.
    assertAllRefused(outcomes(answer.stdout), ['EROFS', 'EACCES', 'EXDEV', 'ENOENT', 'EPERM'], 45);
  });
});
