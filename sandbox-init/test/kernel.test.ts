// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ONE_AT_A_TIME, pack, type Sandbox, suite, withSandbox } from './harness.ts';

const PROGRAMS = new URL('../../test/attacks/programs/', import.meta.url);
const HELPER = readFileSync(new URL('attempt.py', PROGRAMS));
const BARE = { name: 'bare', binary: '/sandbox-init-without-filter' };
const UNCONFINED = { dockerArguments: ['--security-opt', 'seccomp=unconfined'] };

/** The expected errors of socket options, calls and kinds of locks. */
const REFUSED: Record<string, string> = {
  'extension headers': 'ENOPROTOOPT',
  'extension headers on tcp': 'ENOPROTOOPT',
  'extension headers with dirty registers': 'ENOPROTOOPT',
  'routing header': 'ENOPROTOOPT',
  'flow label': 'ENOPROTOOPT',
  group: 'ENOPROTOOPT',
  'group, newer': 'ENOPROTOOPT',
  'md5 key': 'ENOPROTOOPT',
  'md5 key, newer': 'ENOPROTOOPT',
  'protocol on top': 'ENOPROTOOPT',
  'lock of a file description': 'EINVAL',
  'a process that shares descriptors': 'EINVAL',
  clone3: 'ENOSYS',
  memfd_secret: 'ENOSYS',
  userfaultfd: 'ENOSYS',
  perf_event_open: 'ENOSYS',
  bpf: 'ENOSYS',
  fanotify_init: 'ENOSYS',
};

/** Of these, the ones that an unprivileged program may use on any kernel if neither sandbox-init nor the engine refuses them. */
const GRANTED = [
  'extension headers',
  'extension headers on tcp',
  'extension headers with dirty registers',
  'routing header',
  'flow label',
  'group',
  'group, newer',
  'lock of a file description',
  'a process that shares descriptors',
];

/** `grow()` takes 20 MiB of kernel memory, so that sandbox-init reads the list of locks. */
const PRELUDE = `
import fcntl, os, select, time
kept = []
def grow():
  events = [os.eventfd(0) for _ in range(400)]
  for _ in range(300):
    kept.append(select.epoll())
    for event in events: kept[-1].register(event)
`;

async function attempts(sandbox: Sandbox): Promise<Record<string, string>> {
  const source = readFileSync(new URL('kernel_hoard.py', PROGRAMS));
  sandbox.sendFiles(
    await pack([
      { name: 'attempt.py', content: HELPER },
      { name: 'kernel_hoard.py', content: source },
    ]),
  );
  const outcome = await sandbox.exec(['python3', 'kernel_hoard.py']);
  assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
  const { terminal, ...others } = JSON.parse(outcome.stdout.toString()) as Record<string, string>;
  assert.ok(terminal !== undefined, 'the engine decides whether there are terminals');
  return others;
}

async function run(sandbox: Sandbox, name: string, args: readonly string[] = []) {
  const source = readFileSync(new URL(name, PROGRAMS), 'utf8');
  return sandbox.exec(['python3', '-c', source, ...args], { wallMs: 20_000 }, 30_000);
}

suite('resources that no cgroup is charged for', ONE_AT_A_TIME, (t, build) => {
  t(
    'is refused, even if the engine allows it',
    async (sandbox) => {
      assert.deepEqual(await attempts(sandbox), REFUSED);
      await sandbox.stillAnswers();
    },
    UNCONFINED,
  );

  if (build.name === 'release') {
    test('without the filter it is granted', { timeout: 90_000 }, async () => {
      await withSandbox({ ...UNCONFINED, build: BARE }, async (sandbox) => {
        const outcomes = await attempts(sandbox);
        for (const name of GRANTED) assert.match(outcomes[name] ?? '', /^done/, name);
      });
    });
  }

  t('a program that takes too many file locks is ended', async (sandbox) => {
    const outcome = await run(sandbox, 'file_locks.py');
    assert.equal(outcome.cause, 'out_of_memory', outcome.stderr.toString());
    await sandbox.stillAnswers();
  });

  t('thousands of locks are allowed', async (sandbox) => {
    const outcome = await sandbox.python(
      `${PRELUDE}\nfile = open("/tmp/locks", "w")\nfor i in range(5000): fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * i)\ngrow()\ntime.sleep(0.3)`,
    );
    assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0], outcome.stderr.toString());
  });

  for (const [family, end] of [
    ['4', 'close'],
    ['6', 'close'],
    ['4', 'reset'],
    ['6', 'reset'],
  ] as const) {
    t(
      `connections that nobody accepts end at the memory limit: IPv${family}, ${end}`,
      async (sandbox) => {
        const outcome = await run(sandbox, 'unaccepted.py', [family, end]);
        assert.equal(outcome.cause, 'out_of_memory', outcome.stderr.toString());
        await sandbox.stillAnswers();
      },
      // `--network none` removes the address ::1; the service's NetworkDisabled does not.
      { memory: '64m', dockerArguments: ['--sysctl', 'net.ipv6.conf.lo.disable_ipv6=0'] },
    );
  }
});
