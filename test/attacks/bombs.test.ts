// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RunBody } from '../e2e/service.ts';
import { Target } from './attack.ts';

const MEBIBYTE = 1024 ** 2;
const PIDS = 128;

describe('programs that take all they can get', () => {
  let target: Target;
  before(async () => {
    target = await Target.start();
  });
  after(() => target.stop());

  test('a fork bomb times out, and all its processes are gone', async () => {
    const answer = await target.attack('fork_bomb.py', { timeout: 1.5 });
    assert.deepEqual([answer.status, answer.exit_code, answer.stdout], ['timed_out', -1, 'before\n']);
  });

  test('a fork bomb in the shell', async () => {
    const answer = await target.attack('neighbour.py', {
      entrypoint: 'echo before; bomb() { bomb | bomb & }; bomb; sleep 30',
      timeout: 1.5,
    });
    assert.ok(['timed_out', 'out_of_memory', 'completed'].includes(answer.status), answer.status);
    assert.match(answer.stdout, /^before\n/);
  });

  test('a fork bomb whose parent exits: the result is that of the parent', async () => {
    const answer = await target.attack('fork_bomb_orphans.py', { timeout: 5 });
    assert.deepEqual([answer.status, answer.exit_code, answer.stdout], ['completed', 3, 'parent leaves\n']);
  });

  test('pids_limit stops both threads and processes', async () => {
    const threads = await target.attack('thread_bomb.py');
    assert.deepEqual([threads.status, Number(threads.stdout)], ['completed', PIDS - 1]);
    const processes = await target.attack('count_processes.py', { pids_limit: 20 });
    assert.deepEqual([processes.status, Number(processes.stdout)], ['completed', 19]);
  });

  const hogs: Record<string, [string, RunBody?]> = {
    'in its own process': ['memory_parent.py'],
    'in a child': ['memory_child.py'],
    'in /tmp': ['memory_tmpfs.py', { args: ['/tmp'] }],
    'in /workspace': ['memory_tmpfs.py', { args: ['/workspace'] }],
    'in /dev/shm': ['memory_tmpfs.py', { args: ['/dev/shm'] }],
    'in System V segments': ['memory_sysv.py'],
    'in files without a name': ['memory_memfd.py'],
    'in kernel memory: pipes': ['memory_pipes.py'],
    'in kernel memory: unix sockets': ['memory_sockets.py', { args: ['unix'] }],
    'as the least likely victim it may make of itself': ['oom_score.py'],
  };
  for (const [where, [name, body]] of Object.entries(hogs)) {
    test(`memory ${where} ends at mem_limit`, async () => {
      const answer = await target.attack(name, { mem_limit: '64m', ...body });
      assert.deepEqual([answer.status, answer.exit_code], ['out_of_memory', 137], answer.stdout + answer.stderr);
      assert.match(answer.stdout, /^before\n/);
      const peak = answer.usage.memory_peak_bytes ?? Number.POSITIVE_INFINITY;
      assert.ok(peak > 40 * MEBIBYTE && peak <= 64 * MEBIBYTE, `${peak} bytes`);
    });
  }

  test('a program that survives the out-of-memory kill of its child is completed', async () => {
    const answer = await target.attack('memory_child.py', { mem_limit: '64m', args: ['hide'] });
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0]);
    assert.equal(answer.stdout, 'before\nthe child died of 9\n');
  });

  // Cgroup v1 does not charge these buffers, so sandbox-init samples them every 20 ms.
  for (const kind of ['udp', 'tcp', 'netlink']) {
    test(`memory in kernel memory: ${kind} sockets ends at mem_limit`, async () => {
      const answer = await target.attack('memory_sockets.py', { mem_limit: '64m', args: [kind] });
      assert.deepEqual([answer.status, answer.exit_code, answer.stdout], ['out_of_memory', 137, 'before\n']);
      const peak = answer.usage.memory_peak_bytes ?? 0;
      assert.ok(peak > 64 * MEBIBYTE, `${peak} bytes`);
    });
  }

  test('if the kernel kills PID 1 because the program is smaller, the run is answered like any other', async () => {
    for (let round = 0; round < 3; round += 1) {
      const answer = await target.attack('oom_tiny.py', { mem_limit: '64m' });
      assert.deepEqual([answer.status, answer.exit_code, answer.stdout], ['out_of_memory', 137, 'before\n']);
    }
  });

  test('every writable file system is full at disk_limit', async () => {
    for (const directory of ['/tmp', '/workspace', '/dev/shm']) {
      const answer = await target.attack('disk_fill.py', { disk_limit: '8m', args: [directory] });
      const [how, written] = answer.stdout.split(' ');
      assert.deepEqual([answer.status, how], ['completed', 'ENOSPC']);
      assert.ok(Number(written) > 7 * MEBIBYTE && Number(written) <= 8 * MEBIBYTE, answer.stdout);
    }
  });

  for (const kind of ['files', 'directories', 'long-names', 'links', 'deep']) {
    test(`directory entries are limited: ${kind}`, async () => {
      const answer = await target.attack('inode_fill.py', { args: [kind, '/tmp'], timeout: 20 });
      const [how, made] = answer.stdout.split(' ');
      assert.deepEqual([answer.status, how], ['completed', 'ENOSPC'], answer.stdout + answer.stderr);
      assert.ok(Number(made) < 65_536);
    });
  }

  test('directory entries that take memory are limited by mem_limit: symlinks, and files in /dev/shm', async () => {
    const symlinks = await target.attack('inode_fill.py', { args: ['symlinks', '/tmp'], mem_limit: '64m' });
    assert.equal(symlinks.status, 'out_of_memory');
    // A cell's /dev/shm also has a limited number of files. They take some 60 MiB, so the memory must be well below that.
    const files = await target.attack('inode_fill.py', { args: ['files', '/dev/shm'], mem_limit: '32m' });
    assert.equal(files.status, 'out_of_memory');
  });

  test('descriptors of every kind are limited', async () => {
    const answer = await target.attack('descriptor_flood.py', { timeout: 3 });
    assert.equal(answer.status, 'timed_out');
    const kinds = ['open', 'pipes', 'sockets', 'epoll', 'eventfd', 'inotify'];
    assert.deepEqual(JSON.parse(answer.stdout), Object.fromEntries(kinds.map((kind) => [kind, 'EMFILE'])));
  });
});
