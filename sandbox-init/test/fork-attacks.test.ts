// @shared-engine
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nextCell } from './cells-build.ts';
import { ENVIRONMENT, environmentWithout, forking, PYTHON } from './fork-image.ts';
import { pack, type Sandbox, withSandbox } from './harness.ts';

const PROGRAMS = new URL('../../test/attacks/programs/', import.meta.url);
const sourceOf = (name: string): string => readFileSync(new URL(name, PROGRAMS), 'utf8');

interface Inheritance {
  readonly status: Record<string, string>;
  readonly descriptors: readonly number[];
  readonly sockets: readonly number[];
  readonly processes: readonly number[];
  readonly namespaces: readonly string[];
  readonly mounts: number;
  readonly mount: string;
  readonly unshare: string;
  readonly keyctl: string;
}

/** What a program prints: first forked, then, in the same cell, started in the ordinary way. */
async function forkedAndPlain<Printed>(name: string, environment = ENVIRONMENT): Promise<[Printed, Printed]> {
  const printed: Printed[] = [];
  await withSandbox(forking(PYTHON, environment), async (sandbox) => {
    await nextCell(sandbox);
    const files = [
      { name: 'main.py', content: sourceOf(name) },
      { name: 'attempt.py', content: sourceOf('attempt.py') },
    ];
    sandbox.sendFiles(await pack(files));
    for (const argv of [PYTHON, ['/usr/bin/python3', './main.py']]) {
      const { stdout, stderr, exitCode } = await sandbox.exec(argv, { env: environment });
      assert.equal(exitCode, 0, stderr.toString());
      printed.push(JSON.parse(stdout.toString()) as Printed);
      await sandbox.exec(['/bin/sh', '-c', 'rm -rf /tmp/* /tmp/.[!.]*']);
    }
  });
  const [forked, plain] = printed;
  assert.ok(forked && plain);
  return [forked, plain];
}

const inheritance = (part?: string) =>
  forkedAndPlain<Inheritance>('fork_inherits.py', part === undefined ? ENVIRONMENT : environmentWithout(part));

const NO_CAPABILITY = '0000000000000000';

test('a forked program has inherited nothing that an ordinary one has not', { timeout: 60_000 }, async () => {
  const [forked, plain] = await inheritance();
  assert.deepEqual(forked, plain);
  assert.equal(forked.status['CapEff'], NO_CAPABILITY);
  assert.equal(forked.status['CapBnd'], NO_CAPABILITY);
  assert.equal(forked.status['NoNewPrivs'], '1');
  assert.deepEqual([forked.descriptors, forked.sockets, forked.processes], [[], [], [1]]);
  assert.match(forked.mount, /not permitted/);
  assert.match(forked.unshare, /not permitted/);
  assert.match(forked.keyctl, /not implemented/);
});

test('every attempt to leave a cell ends as it does for an ordinary program', { timeout: 60_000 }, async () => {
  const [forked, plain] = await forkedAndPlain<Record<string, unknown>>('cell_escape.py');
  assert.deepEqual(forked, plain);
  assert.ok(Object.keys(forked).length > 50);
});

/* ---- each protection, left out */

test('without dropping capabilities, a forked program has all of its cell', { timeout: 60_000 }, async () => {
  const [forked] = await inheritance('CELL_DROP');
  assert.notEqual(forked.status['CapEff'], NO_CAPABILITY);
});

test('without the second filter, a forked program can use what makes cells', { timeout: 60_000 }, async () => {
  const [forked, plain] = await inheritance('CELL_FILTER');
  assert.equal(forked.unshare, 'done');
  assert.equal(Number(forked.status['Seccomp_filters']), Number(plain.status['Seccomp_filters']) - 1);
});

test('without the first filter, a forked program has key rings', { timeout: 60_000 }, async () => {
  const [forked, plain] = await inheritance('FILTER');
  assert.notEqual(forked.keyctl, plain.keyctl);
  assert.equal(Number(forked.status['Seccomp_filters']), Number(plain.status['Seccomp_filters']) - 1);
});

test('without closing them, a forked program has the descriptors of the fork server', { timeout: 60_000 }, async () => {
  const [forked] = await inheritance('FORK_CLOSE');
  assert.ok(forked.sockets.length > 0);
});

test('without entering the network, a forked program has that of the outer init', { timeout: 60_000 }, async () => {
  const [forked, plain] = await inheritance('FORK_ENTER');
  const isNetwork = (name: string) => name.startsWith('net:');
  assert.notEqual(forked.namespaces.find(isNetwork), plain.namespaces.find(isNetwork));
});

/* ---- the fork server survives its copies */

const KILLING: Record<string, string> = {
  'a signal to everything': 'import os; os.kill(-1, 9)',
  'a signal to its parent and group': 'import os; os.kill(os.getppid(), 9); os.killpg(0, 9)',
  'memory without end': 'x = []\nwhile True: x.append(bytearray(1 << 20))',
  'processes without end': 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass',
  'a stop of all that it sees': 'import os\nfor p in range(1, 300):\n    try: os.kill(p, 19)\n    except OSError: pass',
};

async function seedOf(sandbox: Sandbox): Promise<string> {
  sandbox.sendFiles(
    await pack([{ name: 'main.py', content: 'print("_fork_server" in open("/proc/self/maps").read(), hash("a"))' }]),
  );
  const { stdout } = await sandbox.exec(PYTHON, { env: ENVIRONMENT });
  assert.match(stdout.toString(), /^True /);
  return stdout.toString();
}

for (const [what, source] of Object.entries(KILLING)) {
  test(`the fork server outlives ${what}`, { timeout: 60_000 }, async () => {
    await withSandbox(forking(), async (sandbox) => {
      const seed = await seedOf(sandbox);
      await nextCell(sandbox);
      sandbox.sendFiles(await pack([{ name: 'main.py', content: source }]));
      await sandbox.exec(PYTHON, { env: ENVIRONMENT, wallMs: 1000 });
      await nextCell(sandbox);
      await sandbox.stillAnswers(); // This cell was made meanwhile, and may have found no room for a copy.
      await nextCell(sandbox);
      assert.equal(await seedOf(sandbox), seed);
    });
  });
}
