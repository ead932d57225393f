// @shared-engine first: it takes long. What it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { IN } from '../../src/init-protocol/codec.ts';
import { pack, type Sandbox, suite, TWO_AT_A_TIME, withSandbox } from './harness.ts';

const PROGRAMS = new URL('../../test/attacks/programs/', import.meta.url);
const LEAVE = readFileSync(new URL('leave_everything.py', PROGRAMS), 'utf8');
const SEE = readFileSync(new URL('see_everything.py', PROGRAMS), 'utf8');
const ARTEFACT = '/tmp/.code-runner/main';
/** Times older than this cannot be from the reset. Programs that leave times behind wait longer. */
const FRESH_S = 1.5;

/** Stages sources and an artefact, as after compiling, and takes a snapshot of them. */
async function prepare(sandbox: Sandbox): Promise<void> {
  sandbox.sendFiles(
    await pack([
      { name: 'main.c', content: 'int main(void) {}', mode: 0o640 },
      { name: 'data/empty', content: '' },
    ]),
  );
  const artefact = await pack([{ name: '.code-runner/main', content: Buffer.alloc(300_000, 'ELF'), mode: 0o755 }]);
  sandbox.sendFiles(artefact, undefined, IN.tmpFiles);
  sandbox.snapshot(['/workspace', ARTEFACT]);
}

/** What a program sees in the current sandbox. */
async function sight(sandbox: Sandbox): Promise<string[]> {
  const seen = await sandbox.exec(['python3', '-c', SEE, String(FRESH_S)]);
  assert.deepEqual([seen.cause, seen.exitCode], ['exited', 0], seen.stderr.toString());
  return seen.stdout.toString().split('\n');
}

async function leave(sandbox: Sandbox, kind: string): Promise<void> {
  const left = await sandbox.exec(['python3', '-c', LEAVE, kind, ARTEFACT], { wallMs: 60_000 }, 70_000);
  assert.deepEqual([left.cause, left.stdout.toString()], ['exited', 'left'], left.stderr.toString());
  if (LEAVES_TIMES.has(kind)) await delay(FRESH_S * 1000 + 200);
}

/** What can be seen after a program left things behind and a reset, but not before. */
async function differenceAfter(sandbox: Sandbox, kind: string): Promise<string[]> {
  await prepare(sandbox);
  await sandbox.reset(60_000);
  const before = await sight(sandbox);
  await sandbox.reset();
  await leave(sandbox, kind);
  await sandbox.reset(60_000);
  const after = await sight(sandbox);
  return [...after.filter((line) => !before.includes(line)), ...before.filter((line) => !after.includes(line))];
}

const LEAVES_TIMES = new Set(['times', 'devices']);

/** Kinds of leftovers, with the part of `reset` that removes them; `undefined` if there is no single part. */
const KINDS: Record<string, string | undefined> = {
  daemons: undefined,
  unlinked: undefined,
  own_settings: undefined,
  binary: undefined,
  files: 'FILES',
  tree: 'FILES',
  queues: 'FILES',
  modes: 'ROOTS_STATE',
  attributes: 'ROOTS_STATE',
  flags: 'ROOTS_STATE',
  ipc: 'IPC',
  times: 'TIMES',
  devices: 'DEVICES',
};

/** Leftovers that cannot be undone, so the reset must fail. */
const TRAFFIC = ['connection', 'datagram', 'failed_connection'];

const options = { memory: '512m', dockerArguments: ['--tmpfs', '/dev/shm:size=64m,mode=1777'] };

suite('what a program leaves behind', TWO_AT_A_TIME, (t, build) => {
  for (const [kind, part] of Object.entries(KINDS)) {
    t(
      `the next program sees nothing of it: ${kind}`,
      async (sandbox) => {
        assert.deepEqual(await differenceAfter(sandbox, kind), []);
      },
      options,
    );
    if (part === undefined || build.name !== 'release') continue;
    test(`without that part of reset, it is visible: ${kind}`, { timeout: 90_000 }, async () => {
      await withSandbox({ ...options, build: without(part) }, async (sandbox) => {
        assert.notDeepEqual(await differenceAfter(sandbox, kind), []);
      });
    });
  }

  t('sources and artefact are restored', async (sandbox) => {
    await prepare(sandbox);
    const before = await sight(sandbox);
    await leave(sandbox, 'binary');
    await sandbox.reset();
    assert.deepEqual(contentsIn(await sight(sandbox)), contentsIn(before));
  });
  if (build.name === 'release') {
    test('without that part of reset, they are not', { timeout: 90_000 }, async () => {
      await withSandbox({ build: without('SNAPSHOT') }, async (sandbox) => {
        await prepare(sandbox);
        assert.equal(contentsIn(await sight(sandbox)).length, 3);
        await sandbox.reset();
        assert.deepEqual(contentsIn(await sight(sandbox)), []);
      });
    });
  }

  for (const kind of TRAFFIC) {
    t(`error reset_failed after traffic: ${kind}`, async (sandbox) => {
      await prepare(sandbox);
      await sandbox.reset();
      await leave(sandbox, kind);
      sandbox.send(IN.reset);
      assert.match(await sandbox.fails('reset_failed'), /network/);
    });
    if (build.name !== 'release') continue;
    test(`without that part of reset, it is visible: ${kind}`, { timeout: 90_000 }, async () => {
      await withSandbox({ ...options, build: without('NETWORK') }, async (sandbox) => {
        assert.notDeepEqual(await differenceAfter(sandbox, kind), []);
      });
    });
  }

  t('a process that was started in the sandbox from outside is killed', async (sandbox) => {
    assert.deepEqual(await differenceWithVisitor(sandbox), []);
  });
  if (build.name === 'release') {
    test('without that part of reset, it is visible: a process from outside', { timeout: 90_000 }, async () => {
      await withSandbox({ build: without('PROCESSES') }, async (sandbox) => {
        assert.deepEqual(await differenceWithVisitor(sandbox), ['process sleep']);
      });
    });
  }

  const unconfined = { dockerArguments: ['--security-opt', 'seccomp=unconfined'] };
  t(
    'key rings are refused, even if the engine allows them',
    async (sandbox) => {
      const left = await sandbox.exec(['python3', '-c', LEAVE, 'keys']);
      assert.match(left.stderr.toString(), /add_key: Function not implemented/);
    },
    unconfined,
  );
  if (build.name === 'release') {
    test('without the filter, a key stays', { timeout: 90_000 }, async () => {
      const bare = { name: 'bare', binary: '/sandbox-init-without-filter' };
      await withSandbox({ ...unconfined, build: bare }, async (sandbox) => {
        try {
          assert.deepEqual(await differenceAfter(sandbox, 'keys'), ['key True', 'key True', 'key False', 'key False']);
        } finally {
          await leave(sandbox, 'no_keys');
        }
      });
    });
  }
});

/** Names, modes, sizes and hashes of the visible files, without their times. */
function contentsIn(seen: readonly string[]): string[] {
  return seen
    .filter((line) => / 0o100\d{3} /.test(line))
    .map((line) => line.replaceAll(/ [ma]time \S+( [\d.]+)?/g, ''));
}

function without(part: string) {
  return { name: part, binary: `/sandbox-init-without-${part}` };
}

async function differenceWithVisitor(sandbox: Sandbox): Promise<string[]> {
  await prepare(sandbox);
  await sandbox.reset();
  const before = await sight(sandbox);
  execFileSync('docker', ['exec', '-d', sandbox.name, 'sleep', '60']);
  await sandbox.reset();
  return (await sight(sandbox)).filter((line) => !before.includes(line));
}
