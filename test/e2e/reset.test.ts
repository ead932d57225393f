// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { ContainerSandboxFactory } from '../../src/engines/docker/sandbox-factory.ts';
import { sharedNames } from '../../src/engines/docker/shared-names.ts';
import { manifestSchema } from '../../src/runtimes/manifest.ts';
import type { Sandbox } from '../../src/sandbox/ports.ts';
import { command, file, MEBIBYTE, NO_CELLS, POLICY } from '../fixtures.ts';
import { DOCKER_SOCKET } from './service.ts';

/** Sandboxes as the service creates them, with their hardening, from the built runtimes. */

const PROGRAMS = new URL('../attacks/programs/', import.meta.url);
const LEAVE = readFileSync(new URL('leave_everything.py', PROGRAMS), 'utf8');
const SEE = readFileSync(new URL('see_everything.py', PROGRAMS), 'utf8');
const ARTEFACT = '/tmp/.code-runner/main';
/** A generous limit, because these tests are not about time and the machine may be busy. */
const FRESH_S = 60;
const PLAIN: Readonly<Record<string, string>> = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp' };
const KINDS = [
  'daemons',
  'unlinked',
  'own_settings',
  'binary',
  'files',

  'modes',
  'attributes',
  'ipc',
  'queues',
];

const errors: string[] = [];
const factory = new ContainerSandboxFactory({
  engine: new Engine(DOCKER_SOCKET),
  instanceId: 'reset-test',
  names: sharedNames('code-runner-reset-test'),
  ociRuntime: undefined,
  cells: NO_CELLS,
  imageId: () => undefined,
  onError: (_, error) => errors.push(String(error).trim()),
});

/** The environment of a runtime's programs. */
function environmentOf(runtime: string): Record<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(`runtimes/${runtime}/runtime.json`, 'utf8'));
  return manifestSchema.parse(manifest).environment;
}

async function withSandbox(image: string, work: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const spec = { image, limits: defaultLimits(POLICY), isolation: 'container' } as const;
  const sandbox = await factory.create(spec, new AbortController().signal);
  try {
    await work(sandbox);
  } finally {
    await sandbox.destroy();
  }
}

async function execute(sandbox: Sandbox, argv: readonly string[], environment = PLAIN): Promise<string> {
  const execution = await sandbox.execute(command({ argv, environment, wallMs: 60_000, outputBytes: MEBIBYTE }));
  assert.deepEqual(execution.fate, { status: 'completed', exitCode: 0 }, execution.stderr.bytes.toString());
  return execution.stdout.bytes.toString();
}

function see(sandbox: Sandbox): Promise<string> {
  return execute(sandbox, ['python3', '-c', SEE, String(FRESH_S)]);
}

function leave(sandbox: Sandbox, kind: string): Promise<string> {
  return execute(sandbox, ['python3', '-c', LEAVE, kind, ARTEFACT]);
}

describe('reset', () => {
  after(() => {
    const expected = ['the network was used, and remembers it', 'large does not fit'];
    assert.deepEqual(
      errors,
      expected.map((words) => `Error: sandbox-init: ${words}`),
    );
  });

  test('the next program finds nothing that a program left behind', { timeout: 120_000 }, () =>
    withSandbox('code-runner-python', async (sandbox) => {
      sandbox.stage([file('main.py', 'print(1)'), file('data/in', 'x')]);
      sandbox.stage([{ ...file('.code-runner/main', Buffer.alloc(2 * MEBIBYTE, 'ELF')), executable: true }], '/tmp');
      sandbox.snapshot(['/workspace', ARTEFACT]);
      await sandbox.reset();
      const before = await see(sandbox);
      assert.match(before, /\/tmp\/\.code-runner\/main' 0o100755 .* 2097152 1 /);
      for (const kind of KINDS) {
        await sandbox.reset();
        assert.equal(await leave(sandbox, kind), 'left');
        const [, seen] = await Promise.all([sandbox.reset(), see(sandbox)]);
        assert.equal(seen, before, kind);
      }
    }),
  );

  test('a sandbox whose program used the network is lost', () =>
    withSandbox('code-runner-python', async (sandbox) => {
      sandbox.snapshot([]);
      await sandbox.reset();
      await leave(sandbox, 'connection');
      const reset = sandbox.reset();
      const behind = sandbox.execute(command({ argv: ['true'] }));
      for (const waiting of [reset, behind]) {
        await assert.rejects(waiting, (error) => error instanceof RunnerError && error.code === 'internal');
      }
      await sandbox.gone;
    }));

  test('a snapshot that is too large is the caller’s fault', () =>
    withSandbox('code-runner-python', async (sandbox) => {
      await execute(sandbox, ['sh', '-c', 'head -c 70000000 /dev/zero > large']);
      sandbox.snapshot(['/workspace']);
      const next = sandbox.execute(command({ argv: ['true'] }));
      await assert.rejects(next, (error) => error instanceof RunnerError && error.code === 'invalid_request');
      await sandbox.gone;
    }));

  for (const [runtime, mainFile, code] of [
    ['go', 'main.go', 'package main\nimport "fmt"\nfunc main() { fmt.Println("compiled") }'],
    ['rust', 'main.rs', 'fn main() { println!("compiled"); }'],
  ] as const) {
    test(`a compiled program runs again and again: ${runtime}`, { timeout: 60_000 }, () =>
      withSandbox(`code-runner-${runtime}`, async (sandbox) => {
        sandbox.stage([file(mainFile, code)]);
        await execute(sandbox, ['/bin/sh', '/opt/code-runner/compile.sh'], environmentOf(runtime));
        sandbox.snapshot(['/workspace', ARTEFACT]);
        for (let round = 0; round < 20; round += 1) {
          const [, printed] = await Promise.all([sandbox.reset(), execute(sandbox, [ARTEFACT])]);
          assert.equal(printed, 'compiled\n');
          await execute(sandbox, ['/bin/sh', '-c', `cp /bin/true ${ARTEFACT}; echo broken > ${mainFile}`]);
        }
      }),
    );
  }
});
