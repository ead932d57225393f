// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OUT } from '../../src/init-protocol/codec.ts';
import { suite, TWO_AT_A_TIME, withSandbox } from './harness.ts';

/** Calls through the C library: `call(name, …)` returns the negative errno, or the result. */
const PRELUDE = `
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def syscall(*args):
  ctypes.set_errno(0)
  result = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
  return -ctypes.get_errno() if result == -1 else result
def expect(what, result, *allowed):
  if result not in allowed: sys.exit('%s: %r' % (what, result))
`;

const X86_64 = {
  prlimit64: 302,
  sched_setparam: 142,
  sched_setscheduler: 144,
  sched_setaffinity: 203,
  sched_setattr: 314,
  setpriority: 141,
  ioprio_set: 251,
};
const AARCH64 = {
  prlimit64: 261,
  sched_setparam: 118,
  sched_setscheduler: 119,
  sched_setaffinity: 122,
  sched_setattr: 274,
  setpriority: 140,
  ioprio_set: 30,
};
const NUMBERS = process.arch === 'arm64' ? AARCH64 : X86_64;
const PIDFD_OPEN = 434;
const PIDFD_GETFD = 438;

const ATTACKS: Record<string, string> = {
  'kill with every signal': `for s in range(1, 65):\n  expect(s, syscall(${process.arch === 'arm64' ? 129 : 62}, 1, s), 0)`,
  'kill -1 with every signal that it survives':
    'import signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nfor s in range(1, 65):\n  try: os.kill(-1, s)\n  except OSError: pass',
  'a flood of signals': 'for i in range(200000): os.kill(1, 17)\nfor i in range(50000): os.kill(1, 34 + i % 30)',
  'queued real-time signals do not stay':
    'import signal\nfor i in range(1000): os.kill(1, 40)\nline = [l for l in open("/proc/self/status") if l.startswith("SigQ")][0]\nexpect("queued", int(line.split()[1].split("/")[0]) < 500, True)',
  ptrace: 'expect("attach", libc.ptrace(16, 1, 0, 0), -1)\nexpect("seize", libc.ptrace(0x4206, 1, 0, 0), -1)',
  '/proc/1': `
for name in ['fd', 'mem', 'environ', 'exe', 'root', 'cwd', 'maps', 'syscall', 'stack', 'fd/0', 'fd/1', 'oom_score_adj', 'clear_refs', 'timerslack_ns', 'autogroup', 'comm', 'task/1/mem', 'coredump_filter', 'sched']:
  path = '/proc/1/' + name
  for flags in [os.O_RDWR, os.O_WRONLY]:
    try: os.write(os.open(path, flags), b'1'); sys.exit(path + ' written')
    except OSError: pass
for name in ['fd', 'fdinfo', 'map_files']:
  try: os.listdir('/proc/1/' + name); sys.exit(name + ' listed')
  except OSError: pass
for name in ['mem', 'environ', 'fd/0', 'auxv', 'io']:
  try: os.open('/proc/1/' + name, os.O_RDONLY); sys.exit(name + ' opened to read')
  except OSError: pass
`,
  prlimit: `
for resource in range(16):
  for pid in [1, 1 << 32 | 1]: expect('prlimit', syscall(${NUMBERS.prlimit64}, pid, resource, ctypes.create_string_buffer(16), 0), -errno.EPERM)
expect('own', syscall(${NUMBERS.prlimit64}, 0, 7, 0, ctypes.create_string_buffer(16)), 0)
expect('own pid', syscall(${NUMBERS.prlimit64}, os.getpid(), 7, 0, ctypes.create_string_buffer(16)), 0)
`,
  scheduling: `
buffer = ctypes.create_string_buffer(128)
buffer[0] = 1
for pid in [1, 1 << 32 | 1]:
  expect('affinity', syscall(${NUMBERS.sched_setaffinity}, pid, 8, buffer), -errno.EPERM)
  expect('scheduler', syscall(${NUMBERS.sched_setscheduler}, pid, 5, ctypes.create_string_buffer(4)), -errno.EPERM)
  expect('param', syscall(${NUMBERS.sched_setparam}, pid, ctypes.create_string_buffer(4)), -errno.EPERM)
  expect('attr', syscall(${NUMBERS.sched_setattr}, pid, buffer, 0), -errno.EPERM)
os.sched_setaffinity(0, os.sched_getaffinity(0))
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
`,
  priority: `
for which, who in [(0, 1), (1, 1), (2, 0), (2, 1000), (1 << 32 | 2, 0), (1 << 32, 1 << 32 | 1)]: expect('setpriority', syscall(${NUMBERS.setpriority}, which, who, 19), -errno.EPERM)
for which, who in [(1, 1), (2, 1), (3, 0), (3, 1000), (1 << 32 | 3, 1000)]: expect('ioprio_set', syscall(${NUMBERS.ioprio_set}, which, who, 3 << 13), -errno.EPERM)
expect('own', syscall(${NUMBERS.setpriority}, 0, 0, 5), 0)
expect('own io', syscall(${NUMBERS.ioprio_set}, 1, 0, 3 << 13), 0)
`,
  'signals by the kernel (F_SETOWN)': `
import fcntl, socket
for number in [0] + list(range(1, 65)):
  a, b = socket.socketpair()
  fcntl.fcntl(a, fcntl.F_SETOWN, 1)
  if number: fcntl.fcntl(a, 10, number)
  fcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
  b.send(b'x'); b.send(b'x'); a.close(); b.close()
`,
  pidfd_getfd: `
fd = syscall(${PIDFD_OPEN}, 1, 0)
for n in range(10):
  if fd >= 0: expect('pidfd_getfd', syscall(${PIDFD_GETFD}, fd, n, 0), -errno.EPERM, -errno.ENOSYS)
`,
  'process_vm_readv and process_vm_writev': `
buffer = ctypes.create_string_buffer(16)
vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 16)
for name in ['process_vm_readv', 'process_vm_writev']:
  for address in [0x400000, 0x10000, ctypes.addressof(buffer)]:
    remote = (ctypes.c_void_p * 2)(address, 16)
    ctypes.set_errno(0)
    expect(name, getattr(libc, name)(1, vector, 1, remote, 1, 0), -1)
    expect(name, ctypes.get_errno(), errno.EPERM, errno.ENOSYS)
`,
  'a flood of forged SIGCHLD and orphans': `
import signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
def fork():
  # The limit of processes is met when the machine is slow to bury them: that is not what is tried here.
  while True:
    try: return os.fork()
    except BlockingIOError: time.sleep(0.001)
for i in range(300):
  if fork() == 0:
    if fork() == 0: os.kill(1, 17)
    os._exit(0)
`,
  'frames on its own output': 'os.write(1, b"\\0\\0\\0\\0x\\0\\0\\0\\0r")\nos.write(2, b"\\0\\0\\0\\0Q")',
  'its own pipes, filled and emptied': `
for n in [1, 2]:
  fd = os.open('/proc/self/fd/%d' % n, os.O_RDONLY | os.O_NONBLOCK)
  os.write(n, b'x' * 1000)
  try: os.read(fd, 100)
  except OSError: pass
try: import fcntl; fcntl.fcntl(1, 1031, 1 << 20)
except OSError: pass
os.write(1, b'y' * 100000)
`,
};

/** A single filter of one instruction. Thousands of them would take down the machine. */
const ATTACH_FILTER = `
import ctypes, socket, struct
instruction = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0x7fff0000), 8)
taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taken.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HxxxxxxQ', 1, ctypes.addressof(instruction)))
print('attached')
`;

suite('attacks on PID 1', TWO_AT_A_TIME, (t, build) => {
  for (const [what, source] of Object.entries(ATTACKS)) {
    t(what, async (sandbox) => {
      const outcome = await sandbox.python(PRELUDE + source, { stdin: 'pipe' });
      assert.deepEqual(
        [outcome.cause, outcome.exitCode, outcome.stderrBytes < 10_000],
        ['exited', 0, true],
        outcome.stderr.toString(),
      );
      await sandbox.stillAnswers();
      sandbox.snapshot();
      await sandbox.reset();
      await sandbox.stillAnswers();
    });
  }

  t('a 32-bit and an x32 system call do not get around the filter', async (sandbox) => {
    if (process.arch !== 'x64') return;
    const outcome = await sandbox.exec(['/programs/foreign-calls']);
    assert.equal(outcome.stdout.toString(), 'i386: -38\nx32: -38\n', outcome.stderr.toString());
    await sandbox.stillAnswers();
  });

  t('prlimit as a program', async (sandbox) => {
    const outcome = await sandbox.exec(['/programs/prlimit-init']);
    assert.deepEqual([outcome.exitCode, outcome.stderr.toString()], [1, 'prlimit: Operation not permitted\n']);
    await sandbox.stillAnswers();
  });

  test('without the filter, the same program ends the session', async () => {
    if (build.name !== 'release') return;
    await withSandbox({ build: { name: 'bare', binary: '/sandbox-init-without-filter' } }, async (sandbox) => {
      sandbox.sendExec(['/programs/prlimit-init']);
      await sandbox.fails('system');
    });
  });

  t('no filter can be attached to a socket', async (sandbox) => {
    const outcome = await sandbox.python(ATTACH_FILTER);
    assert.match(outcome.stderr.toString(), /PermissionError/);
  });

  test('without the filter, a program attaches one to a socket', async () => {
    if (build.name !== 'release') return;
    await withSandbox({ build: { name: 'bare', binary: '/sandbox-init-without-filter' } }, async (sandbox) => {
      const outcome = await sandbox.python(ATTACH_FILTER);
      assert.equal(outcome.stdout.toString(), 'attached\n', outcome.stderr.toString());
    });
  });

  t('a program that never ends cannot keep the session from ending', async (sandbox) => {
    sandbox.sendExec(
      ['/usr/bin/python3', '-c', 'import os\nprint(flush=True)\nwhile True:\n for s in range(1, 65):\n  os.kill(1, s)'],
      {
        wallMs: 60_000,
      },
    );
    await sandbox.next(OUT.started);
    await sandbox.next(OUT.stdout);
    await sandbox.finish();
  });
});
