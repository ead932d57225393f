// @shared-engine
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { OUT } from '../../src/init-protocol/codec.ts';
import { CELLS, cellsWithout, nextCell } from './cells-build.ts';
import { type Build, pack, type Sandbox, type SandboxOptions, withSandbox } from './harness.ts';

const PROGRAMS = new URL('../../test/attacks/programs/', import.meta.url);
const sourceOf = (name: string): string => readFileSync(new URL(name, PROGRAMS), 'utf8');

function inCells(title: string, run: (sandbox: Sandbox) => Promise<void>, options: Partial<SandboxOptions> = {}): void {
  test(title, { timeout: 120_000 }, () => withSandbox({ build: CELLS, ...options }, run));
}

/* ---- out of the cell */

type Attempts = Record<string, string | boolean | number[] | string[]>;

async function tryToEscape(build: Build): Promise<Attempts> {
  let attempts: Attempts = {};
  await withSandbox({ build }, async (sandbox) => {
    await nextCell(sandbox);
    const files = ['attempt.py', 'cell_escape.py'].map((name) => ({ name, content: sourceOf(name) }));
    sandbox.sendFiles(await pack(files));
    const outcome = await sandbox.exec(['python3', 'cell_escape.py']);
    assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
    attempts = JSON.parse(outcome.stdout.toString()) as Attempts;
    await nextCell(sandbox);
    await sandbox.stillAnswers();
  });
  return attempts;
}

const NAMESPACES = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'];
const MAKING_NAMESPACES = NAMESPACES.flatMap((name) => [`unshare ${name}`, `clone ${name}`]);
const REFUSED = 'EPERM';
/** Refused by mode, mount, or because the machine has no such file. */
const KERNEL_SETTINGS = [
  'write /proc/sys/user/max_user_namespaces',
  'write /proc/sys/net/ipv4/ip_unprivileged_port_start',
  'write /proc/sys/kernel/hostname',
  'write /proc/sysrq-trigger',
];
/** Attempts whose outcome is another one than the filter's. */
const OTHER_ANSWERS: Attempts = {
  clone3: 'ENOSYS',
  keyctl: 'ENOSYS',
  'parent of the user namespace': REFUSED,
  '/proc/1/fd': 'EACCES',
  '/proc/1/root': 'EACCES',
  '/proc/1/cwd': 'EACCES',
  '/proc/1/mem': 'EACCES',
  '/proc/1/environ': 'EACCES',
  '/proc/1/maps': 'EACCES',
  '/proc/1/ns/mnt': 'EACCES',
  '/proc/1/ns/user': 'EACCES',
  'forge on /proc/1/fd/1': 'EACCES',
  'a terminal': 'ENOENT',
  'raw packets': 'EAFNOSUPPORT',
  'write /x': 'EROFS',
  'write /etc/x': 'EROFS',
  'write /dev/x': 'EROFS',
  pids: [1],
  capabilities: ['0000000000000000'],
  'keys hidden': true,
  'write-protected': ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys'],
};

test('no attempt to leave a cell succeeds', { timeout: 60_000 }, async () => {
  const attempts = await tryToEscape(CELLS);
  for (const name of KERNEL_SETTINGS) {
    assert.match(String(attempts[name]), /^E(ACCES|ROFS|NOENT)$/, name);
    delete attempts[name];
  }
  const expected = Object.fromEntries(Object.keys(attempts).map((name) => [name, OTHER_ANSWERS[name] ?? REFUSED]));
  assert.deepEqual(attempts, expected);
  assert.ok(Object.keys(attempts).length > 50);
});

test('without the filter, the limits of namespaces hold', { timeout: 60_000 }, async () => {
  const attempts = await tryToEscape(cellsWithout('FILTER'));
  for (const name of MAKING_NAMESPACES) {
    const kernelsAnswer = name.endsWith(' user') ? 'ENOSPC' : REFUSED;
    assert.equal(attempts[name], kernelsAnswer, name);
  }
  assert.equal(attempts['unshare user, then mount'], 'ENOSPC');
});

test('without the limits, the filter holds', { timeout: 60_000 }, async () => {
  const attempts = await tryToEscape(cellsWithout('LIMITS'));
  for (const name of MAKING_NAMESPACES) assert.equal(attempts[name], REFUSED, name);
});

test('without both, a program makes namespaces and mounts in them', { timeout: 60_000 }, async () => {
  const attempts = await tryToEscape(cellsWithout('FILTER-LIMITS'));
  for (const name of ['unshare user', 'clone user', 'unshare user, then mount'])
    assert.equal(attempts[name], 'done', name);
});

/** Tries each kind of namespace in a user namespace of its own, where a program has all capabilities. */
const MAKE_NAMESPACES = `
import ctypes, errno, json, os
libc = ctypes.CDLL(None, use_errno=True)
USER = 0x10000000
KINDS = {'user': 0, 'mnt': 0x20000, 'pid': 0x20000000, 'net': 0x40000000, 'ipc': 0x8000000, 'uts': 0x4000000, 'cgroup': 0x2000000}
def make(flags):
    reading, writing = os.pipe()
    if os.fork() == 0:
        failed = libc.unshare(flags)
        os.write(writing, (errno.errorcode[ctypes.get_errno()] if failed else 'done').encode())
        os._exit(0)
    os.close(writing)
    return os.read(reading, 64).decode()
print(json.dumps({name: make(USER | kind) for name, kind in KINDS.items()}))
`;

async function namespacesMade(build: Build): Promise<Record<string, string>> {
  let made: Record<string, string> = {};
  await withSandbox({ build }, async (sandbox) => {
    made = JSON.parse((await sandbox.python(MAKE_NAMESPACES)).stdout.toString()) as typeof made;
  });
  return made;
}

test('each limit of namespaces is what refuses its kind to a program that has made a user namespace', async () => {
  const all = await namespacesMade(cellsWithout('FILTER'));
  assert.deepEqual(all, Object.fromEntries(NAMESPACES.map((name) => [name, 'ENOSPC'])));
  const without = NAMESPACES.map(async (kind) => {
    const made = await namespacesMade(cellsWithout(`FILTER-user-${kind}`));
    const allowed = NAMESPACES.filter((name) => made[name] !== 'ENOSPC');
    assert.deepEqual(new Set(allowed), new Set(['user', kind]));
    assert.deepEqual([made['user'], made[kind]], ['done', 'done']);
  });
  await Promise.all(without);
});

test('without the drop, PID 1 keeps capabilities', { timeout: 60_000 }, async () => {
  assert.notDeepEqual((await tryToEscape(cellsWithout('DROP'))).capabilities, OTHER_ANSWERS.capabilities);
});

test('without the masks, keys are not hidden and /proc/sys is not write-protected', { timeout: 60_000 }, async () => {
  const attempts = await tryToEscape(cellsWithout('MASKS'));
  assert.equal(attempts['keys hidden'], false);
  assert.deepEqual(attempts['write-protected'], []);
});

/* ---- what a cell tells about the one before */

async function figures(sandbox: Sandbox): Promise<string> {
  await nextCell(sandbox);
  return (await sandbox.python(sourceOf('cell_figures.py'))).stdout.toString().trim();
}

inCells('a cell sees no figure of the cgroup', async (sandbox) => {
  assert.equal(await figures(sandbox), '[]');
});

test('without the cover, it sees them', async () => {
  await withSandbox({ build: cellsWithout('COVER') }, async (sandbox) => {
    assert.match(await figures(sandbox), /usage|current/);
  });
});

const LEAVE = sourceOf('leave_everything.py');
const SEE = sourceOf('see_everything.py');
const FRESH_S = 1.5;
const KINDS =
  'daemons unlinked own_settings files tree queues modes attributes flags ipc times devices connection datagram failed_connection'.split(
    ' ',
  );

/**
 * What a program sees in the next cell. Cells are made ahead, so their age says nothing; devices are shared, and always fresh. The
 * kernel numbers mounts in order.
 */
async function sight(sandbox: Sandbox): Promise<string[]> {
  await nextCell(sandbox);
  const seen = await sandbox.exec(['python3', '-c', SEE, String(FRESH_S)]);
  assert.deepEqual([seen.cause, seen.exitCode], ['exited', 0], seen.stderr.toString());
  const lines = seen.stdout.toString().split('\n');
  return lines.filter((line) => !line.startsWith('mounts ')).map(withoutAge);
}

function withoutAge(line: string): string {
  return line.includes('0o20666') ? line : line.replaceAll(/fresh|old: [\d.]+/g, 'of this cell');
}

for (const kind of KINDS) {
  inCells(
    `the next cell sees nothing of it: ${kind}`,
    async (sandbox) => {
      const before = await sight(sandbox);
      const left = await sandbox.exec(['python3', '-c', LEAVE, kind], { wallMs: 60_000 }, 70_000);
      assert.deepEqual([left.cause, left.stdout.toString()], ['exited', 'left'], left.stderr.toString());
      await delay(FRESH_S * 1000 + 200);
      assert.deepEqual(await sight(sandbox), before);
    },
    { memory: '512m' },
  );
}

/** Processes of the machine whose arguments hold this. */
function processesWith(marker: string): string[] {
  const list = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n');
  return list.filter((line) => line.includes(marker) && !line.includes('ps -eo'));
}

const OUTLIVE = `
import os, signal, time
for number in range(1, 65):
  try: signal.signal(number, signal.SIG_IGN)
  except (OSError, ValueError): pass
for _ in range(20):
  if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(600)
    os._exit(0)
print('up', flush=True)
time.sleep(600)
`;

inCells('nothing outlives its cell', async (sandbox) => {
  const marker = `marker-of-a-cell-${process.pid}`;
  for (let i = 0; i < 3; i++) {
    sandbox.sendExec(['/usr/bin/python3', '-c', OUTLIVE, marker], { wallMs: 600_000 });
    await sandbox.next(OUT.started);
    await sandbox.next(OUT.stdout);
    assert.ok(processesWith(marker).length > 0);
    await nextCell(sandbox);
    assert.deepEqual(processesWith(marker), []);
  }
});

inCells('a listener and an abstract socket stay in their cell', async (sandbox) => {
  const source = `
import os, socket, time
listener = socket.create_server(('127.0.0.1', 4567)); local = socket.socket(socket.AF_UNIX); local.bind('\\0name'); local.listen()
print('bound', flush=True); time.sleep(600)`;
  for (let i = 0; i < 3; i++) {
    sandbox.sendExec(['/usr/bin/python3', '-c', source], { wallMs: 600_000 });
    await sandbox.next(OUT.started);
    assert.equal((await sandbox.next(OUT.stdout)).payload.toString(), 'bound\n');
    await nextCell(sandbox);
  }
});

inCells('a program that kills everything it can does not end the cell', async (sandbox) => {
  const source =
    'import os\nfor s in range(1, 65):\n  for p in (1, 0, -1):\n    try: os.kill(p, s)\n    except OSError: pass';
  await sandbox.python(
    `import signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\n${source}`,
  );
  await sandbox.stillAnswers();
  await nextCell(sandbox);
  await sandbox.stillAnswers();
});

inCells('frames on every descriptor a program can open are output, or nothing', async (sandbox) => {
  const source = `
import glob, os
ready = b'\\0\\0\\0\\x0brprotocol=1\\0'
for path in glob.glob('/proc/[0-9]*/fd/*') + ['/dev/tty', '/dev/stdout', '/dev/ptmx', '/dev/console']:
  try: os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY), ready)
  except OSError: pass
for descriptor in range(1024):
  try: os.write(descriptor, ready)
  except OSError: pass`;
  const outcome = await sandbox.python(source);
  assert.equal(outcome.cause, 'exited');
  assert.ok(outcome.stdout.includes('rprotocol=1'));
  assert.deepEqual(sandbox.waitingFrames, []);
  await nextCell(sandbox);
  await sandbox.stillAnswers();
});

const PERIOD_MS = 100;

inCells(
  'the debt of a CPU quota delays the next cell by no more than a period',
  async (sandbox) => {
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      await sandbox.python('import os\nfor _ in range(7): os.fork()\nwhile True: pass', { wallMs: 500 });
      const begin = performance.now();
      await nextCell(sandbox);
      await sandbox.exec(['/bin/true']);
      waits.push(performance.now() - begin);
    }
    assert.ok(Math.max(...waits) < 3 * PERIOD_MS, waits.join());
  },
  {
    dockerArguments: ['--cpu-period', String(PERIOD_MS * 1000), '--cpu-quota', String(PERIOD_MS * 500)],
    memory: '512m',
  },
);
