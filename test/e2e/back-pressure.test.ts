import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputListener } from '../../src/core/command.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Execution } from '../../src/core/result.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { ContainerSandboxFactory } from '../../src/engines/docker/sandbox-factory.ts';
import { sharedNames } from '../../src/engines/docker/shared-names.ts';
import { command, file, MEBIBYTE, NO_CELLS, POLICY } from '../fixtures.ts';
import { DOCKER_SOCKET } from './service.ts';

const PRINTED_BYTES = 8 * MEBIBYTE;
/** Prints more than all pipes and sockets can buffer. Unless it is blocked, that takes a fraction of a second. */
const CHATTY = `import os\nfor _ in range(${PRINTED_BYTES / MEBIBYTE}): os.write(1, b"x" * ${MEBIBYTE})`;
const BUSY_MS = 2000;

const errors: unknown[] = [];
const factory = new ContainerSandboxFactory({
  engine: new Engine(DOCKER_SOCKET),
  instanceId: 'back-pressure-test',
  names: sharedNames('code-runner-test'),
  ociRuntime: undefined,
  cells: NO_CELLS,
  onError: (_, error) => errors.push(error),
});

/** Runs this program with a wall-clock limit of one second. */
async function run(onOutput: OutputListener): Promise<Execution> {
  const spec = { image: 'code-runner-python', limits: defaultLimits(POLICY), isolation: 'container' } as const;
  const sandbox = await factory.create(spec, new AbortController().signal);
  try {
    return await sandbox.execute(
      command({
        argv: ['/usr/bin/python3', '-c', CHATTY],
        environment: { PATH: '/usr/bin:/bin' },
        wallMs: 1000,
        outputBytes: PRINTED_BYTES,
        onOutput,
      }),
    );
  } finally {
    await sandbox.destroy();
  }
}

function assertUncharged({ fate, usage, stdout }: Execution): void {
  assert.deepEqual(fate, { status: 'completed', exitCode: 0 });
  assert.equal(stdout.bytes.length, PRINTED_BYTES);
  assert.ok(usage.wallMs < 1000, `charged ${usage.wallMs} ms`);
}

describe('a program that only waits for the service to read its output', () => {
  after(() => assert.deepEqual(errors, []));

  test('is not charged for a listener that takes two seconds', async () => {
    let pieces = 0;
    const startedAt = performance.now();
    assertUncharged(
      await run(() => {
        pieces += 1;
        return pieces === 3 ? sleep(BUSY_MS) : undefined;
      }),
    );
    assert.ok(performance.now() - startedAt > BUSY_MS, 'the run waited for the listener');
  });

  test('is not charged for a service that is busy for two seconds', async () => {
    let isBlocked = false;
    assertUncharged(
      await run(() => {
        if (isBlocked) return;
        isBlocked = true;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
      }),
    );
  });

  test('is not held in memory while the listener takes two seconds', async () => {
    let hasWaited = false;
    let isBusy = false;
    let heldBytes = Number.NaN;
    assertUncharged(
      await run(async () => {
        assert.ok(!isBusy, 'called again before it was done');
        if (hasWaited) return;
        hasWaited = true;
        isBusy = true;
        const before = process.memoryUsage().arrayBuffers;
        await sleep(BUSY_MS);
        heldBytes = process.memoryUsage().arrayBuffers - before;
        isBusy = false;
      }),
    );
    assert.ok(heldBytes < MEBIBYTE, `${heldBytes} bytes arrived meanwhile`);
  });
});

test('files and input of 16 MiB each arrive whole', async () => {
  const spec = { image: 'code-runner-python', limits: defaultLimits(POLICY), isolation: 'container' } as const;
  const sandbox = await factory.create(spec, new AbortController().signal);
  try {
    sandbox.stage([file('large', Buffer.alloc(16 * MEBIBYTE, 'f'))]);
    const code = 'import sys; f = open("large").read(); print(len(f), set(f), len(sys.stdin.read()))';
    const { stdout } = await sandbox.execute(
      command({
        argv: ['/usr/bin/python3', '-c', code],
        environment: { PATH: '/usr/bin:/bin' },
        stdin: Buffer.alloc(16 * MEBIBYTE, 'i'),
        wallMs: 20_000,
      }),
    );
    assert.equal(stdout.bytes.toString(), "16777216 {'f'} 16777216\n");
  } finally {
    await sandbox.destroy();
  }
});
