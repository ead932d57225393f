import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { IN, OUT } from '../../src/init-protocol/codec.ts';
import { type Sandbox, suite, TWO_AT_A_TIME, withSandbox } from './harness.ts';

const MEBIBYTE = 1024 ** 2;
const LIMIT = 64 * MEBIBYTE;

/** `datagrams(n)` returns a bound socket that holds about n bytes; `stream(n)` returns both ends of a connection that holds them. */
const PRELUDE = `
import array, os, socket, sys, time
kept = []
def receiver(family=socket.AF_INET):
  s = socket.socket(family, socket.SOCK_DGRAM)
  s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
  return s
def fill(address, n, size=30000):
  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for i in range(max(1, n // size)): s.sendto(bytes(size), address)
def datagrams(n, size=30000):
  s = receiver(); s.bind(('127.0.0.1', 0)); fill(s.getsockname(), n, size); return s
def stream(n, size=65536, receive=4 << 20):
  with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    listener.bind(('127.0.0.1', 0)); listener.listen()
    a = socket.create_connection(listener.getsockname()); b = listener.accept()[0]
  a.setblocking(False); a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
  try:
    while n > 0: n -= a.send(bytes(min(size, n)))
  except BlockingIOError: pass
  return a, b
def netlink(n):
  b = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 2); b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20); b.bind((0, 0))
  a = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 2); a.connect((b.getsockname()[0], 0)); a.setblocking(False)
  try:
    for i in range(n // 1024): a.send(bytes(1024))
  except OSError: pass
  return a, b
def pings(n):
  s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
  s.bind(('127.0.0.1', 0))
  for i in range(n // 30000): s.sendto(b'\\x08\\0\\0\\0\\0\\0\\0\\1' + bytes(30000), ('127.0.0.1', 0))
  return s
def in_flight(n):
  a, b = socket.socketpair()
  s = datagrams(n)
  a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [s.fileno()]))])
  s.close()
  return a, b
def orphan(n):
  a, b = stream(n); a.close(); return b
`;

const MORE = 'for i in range(150):\n  kept.append(HOLD)\nprint("all of it", flush=True); time.sleep(5)';

const HOLDS: Record<string, string> = {
  'UDP, large datagrams': 'datagrams(3 << 20)',
  'UDP, small datagrams': 'datagrams(4000, 1)',
  'UDP, in flight in a local socket': 'in_flight(3 << 20)',
  TCP: 'stream(6 << 20)',
  'TCP, small segments': 'stream(6 << 20, 100)',
  'TCP, a sender that left': 'orphan(6 << 20)',
  netlink: 'netlink(3 << 20)',
  ping: 'pings(3 << 20)',
};

async function holds(sandbox: Sandbox, hold: string) {
  return sandbox.python(PRELUDE + hold, { wallMs: 30_000 }, 40_000);
}

suite('memory in socket buffers', TWO_AT_A_TIME, (t, build) => {
  for (const [what, hold] of Object.entries(HOLDS)) {
    t(
      `ends at the limit: ${what}`,
      async (sandbox) => {
        const outcome = await holds(sandbox, MORE.replace('HOLD', hold));
        assert.deepEqual([outcome.cause, outcome.exitCode], ['out_of_memory', undefined], outcome.stderr.toString());
        assert.ok(outcome.memoryPeakBytes > LIMIT, `${outcome.memoryPeakBytes}`);
        await sandbox.stillAnswers();
      },
      { memory: '64m' },
    );
  }

  t(
    'below the limit they count towards the peak and end nothing',
    async (sandbox) => {
      const outcome = await holds(sandbox, 'kept = [datagrams(3 << 20) for i in range(8)]\ntime.sleep(.2)');
      assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
      assert.ok(outcome.memoryPeakBytes > 24 * MEBIBYTE, `${outcome.memoryPeakBytes}`);
      const after = await sandbox.exec(['/bin/sleep', '0.1']);
      assert.ok(after.memoryPeakBytes < 24 * MEBIBYTE, `${after.memoryPeakBytes}`);
    },
    { memory: '64m' },
  );

  t(
    "the kernel's cache of files does not count against them",
    async (sandbox) => {
      const outcome = await holds(
        sandbox,
        `left = 160 << 20
for folder, _, names in os.walk("/usr"):
  for name in names:
    try:
      with open(os.path.join(folder, name), "rb", 0) as file:
        while left > 0 and (piece := file.read(65536)): left -= len(piece)
    except OSError: pass
kept = [datagrams(3 << 20) for i in range(8)]
time.sleep(.2)`,
      );
      assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
    },
    { memory: '64m' },
  );

  t(
    'empty sockets end nothing, however many there are',
    async (sandbox) => {
      const source = `
for i in range(200):
  kept += [socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM), *socket.socketpair(), datagrams(1), *stream(1)]
time.sleep(.3)`;
      const outcome = await holds(sandbox, source);
      assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
    },
    { memory: '128m' },
  );

  t(
    'short-lived connections end nothing',
    async (sandbox) => {
      const source =
        'end = time.time() + 1\nwhile time.time() < end:\n  for one in stream(200000): one.close()\n  datagrams(100000).close()';
      const outcome = await holds(sandbox, source);
      assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
    },
    { memory: '64m' },
  );

  t(
    "a neighbour's traffic is not counted, whatever sockets there are",
    async (sandbox) => {
      await withSandbox({ build, memory: '512m' }, async (neighbour) => {
        const source = `
for i in range(20):
  refused = socket.socket(); refused.connect_ex(('127.0.0.1', 9)); kept.append(refused)
heap = bytearray(40 << 20)
print('up', flush=True)
sys.stdin.read()`;
        sandbox.sendExec(['python3', '-c', PRELUDE + source], { wallMs: 30_000, stdin: 'pipe' });
        await sandbox.next(OUT.started);
        await sandbox.next(OUT.stdout);
        const busy = await holds(
          neighbour,
          'kept = [stream(8 << 20) for i in range(20)]\ntime.sleep(.5)\nprint([l.split()[-1] for l in open("/proc/net/sockstat") if l.startswith("TCP:")][0])',
        );
        assert.ok(Number(busy.stdout) * 4096 > 100 * MEBIBYTE, `${busy.stdout} pages`);
        sandbox.send(IN.stdin);
        const outcome = await sandbox.outcomeAfterStart();
        assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
        assert.ok(outcome.memoryPeakBytes < LIMIT, `${outcome.memoryPeakBytes}`);
      });
    },
    { memory: '64m' },
  );

  t('protocols whose sockets no table lists are refused', async (sandbox) => {
    const source = `
for family in [socket.AF_INET, socket.AF_INET6]:
  for kind, protocol in [(1, 262), (1, 132), (5, 132), (6, 33), (2, 136), (2, 115), (1, 256)]:
    try: socket.socket(family, kind, protocol); sys.exit('%d was given' % protocol)
    except OSError as error: print(error.errno)
for arguments in [(2, 1, 6), (2, 2, 17), (10, 1, 0), (10, 2, 17), (1, 1, 0), (16, 3, 0), (2, 2, 1)]: socket.socket(*arguments)`;
    const outcome = await holds(sandbox, source);
    assert.deepEqual([outcome.exitCode, outcome.stdout.toString()], [0, '93\n'.repeat(14)], outcome.stderr.toString());
  });
});

/** The files of a cgroup of version 2 with ten million bytes left to its limit. */
const version2 = mkdtempSync(join(tmpdir(), 'sbinit-cgroup-'));
const FILES = {
  'memory.current': '30000000',
  'memory.max': '40000000',
  'memory.stat': 'anon 1\nfile 5000000\ninactive_file 2000000\nactive_file 3000000',
};
for (const [name, content] of Object.entries(FILES)) writeFileSync(join(version2, name), `${content}\n`);
chmodSync(version2, 0o755);
after(() => rmSync(version2, { recursive: true }));
const dockerArguments = ['--volume', `${version2}:/sys/fs/cgroup:ro`];

suite('memory in socket buffers with a cgroup of version 2', TWO_AT_A_TIME, (t) => {
  t(
    'TCP and UDP are charged by the kernel and not counted again',
    async (sandbox) => {
      const outcome = await holds(
        sandbox,
        'kept = [datagrams(3 << 20) for i in range(6)] + [stream(6 << 20)]\ntime.sleep(.2)',
      );
      assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
      assert.ok(outcome.memoryPeakBytes <= 30_100_000, `${outcome.memoryPeakBytes}`);
    },
    { dockerArguments },
  );

  t(
    'netlink is not charged, and the cache of files is reclaimed first',
    async (sandbox) => {
      const within = await holds(sandbox, 'kept = netlink(8 << 20), netlink(2 << 20)\ntime.sleep(.2)');
      assert.deepEqual([within.cause, within.exitCode], ['exited', 0], within.stderr.toString());
      assert.ok(within.memoryPeakBytes > 40_000_000, `${within.memoryPeakBytes}`);
      const over = await holds(sandbox, 'kept = [netlink(8 << 20) for i in range(4)]\ntime.sleep(5)');
      assert.equal(over.cause, 'out_of_memory');
    },
    { dockerArguments },
  );
});
