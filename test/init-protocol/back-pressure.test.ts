import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { Deferred } from '../../src/core/deferred.ts';
import { RunnerError } from '../../src/core/errors.ts';
import type { Execution } from '../../src/core/result.ts';
import { Session } from '../../src/init-protocol/session.ts';
import { command, file, MEBIBYTE } from '../fixtures.ts';
import { exited, OUT, outFrame, READY, readFrames, STARTED } from './frames.ts';
import { settle, withTime } from './mocked-time.ts';

function print(text: string): Buffer {
  return outFrame(OUT.stdout, Buffer.from(text));
}

describe('output', () => {
  let session: Session;
  let execution: Promise<Execution>;
  let received: string[];
  /** Resolves when the listener is done with the first piece. */
  let busy: Deferred;

  /** A started program with a wall-clock limit of one second. */
  async function start(): Promise<void> {
    session = new Session(() => undefined);
    received = [];
    busy = new Deferred();
    const onOutput = (_: string, bytes: Buffer) => {
      received.push(bytes.toString());
      return received.length === 1 ? busy.promise : undefined;
    };
    execution = session.execute(command({ onOutput, wallMs: 1000, listenerTimeoutMs: 5000 }));
    await settle();
    session.receive(Buffer.concat([READY, STARTED]));
  }

  function pending(): Promise<unknown> {
    return Promise.race([execution, tick('pending')]);
  }

  test('is passed on piece by piece at the listener’s pace, and the connection is paused', async () => {
    await start();
    const waiting = session.receive(Buffer.concat([print('one'), print('two'), exited({ stdout_bytes: 6 })]));
    await settle();
    assert.deepEqual([received, await pending()], [['one'], 'pending']);
    busy.resolve();
    await waiting;
    assert.deepEqual(received, ['one', 'two']);
    assert.equal((await execution).stdout.bytes.toString(), 'onetwo');
    assert.equal(session.receive(Buffer.alloc(0)), undefined, 'nothing is waiting any more');
  });

  test('a listener that fails ends the session', async () => {
    await start();
    const waiting = session.receive(print('one'));
    busy.reject(new Error('its disk is full'));
    await waiting;
    await assert.rejects(execution, (error) => error instanceof RunnerError && error.code === 'internal');
    await assert.rejects(session.execute(command()), RunnerError);
  });

  test('a session that ends meanwhile passes on nothing more', async () => {
    await start();
    const waiting = session.receive(Buffer.concat([print('one'), print('two')]));
    session.end(new RunnerError('internal', 'given up'));
    busy.resolve();
    await waiting;
    assert.deepEqual(received, ['one']);
    await assert.rejects(execution, RunnerError);
  });

  test('time spent waiting for the listener does not count against sandbox-init', () =>
    withTime(async (pass) => {
      await start();
      await pass(800);
      const waiting = session.receive(print('one'));
      await pass(4000);
      busy.resolve();
      await waiting;
      await pass(300);
      assert.equal(await pending(), 'pending', 'its second has not passed');
      session.receive(exited({ wall_us: 900_000, stalled_us: 4_000_000, stdout_bytes: 3 }));
      assert.deepEqual((await execution).fate, { status: 'completed', exitCode: 0 });
    }));

  test('time before and after the wait does count', () =>
    withTime(async (pass) => {
      await start();
      await pass(800);
      const waiting = session.receive(print('one'));
      await pass(4000);
      busy.resolve();
      await waiting;
      await pass(1000);
      assert.deepEqual((await execution).fate, { status: 'timed_out' });
    }));

  test('a listener that never finishes is abandoned', () =>
    withTime(async (pass) => {
      await start();
      session.receive(print('one'));
      await pass(4800);
      assert.equal(await pending(), 'pending');
      await pass(300);
      const { fate, stdout } = await execution;
      assert.deepEqual([fate, stdout.bytes.toString()], [{ status: 'timed_out' }, 'one']);
      await assert.rejects(session.execute(command()), RunnerError, 'the sandbox is lost');
    }));

  test('the total time that a slow listener may block the program is limited', async () => {
    session = new Session(() => undefined);
    received = [];
    const onOutput = (_: string, bytes: Buffer) => {
      received.push(bytes.toString());
      return sleep(40);
    };
    execution = session.execute(command({ onOutput, wallMs: 1000, listenerTimeoutMs: 100 }));
    await settle();
    await session.receive(Buffer.concat([READY, STARTED, ...Array.from({ length: 10 }, () => print('.'))]));
    assert.deepEqual((await execution).fate, { status: 'timed_out' });
    assert.ok(received.length <= 3, `${received.length} pieces were handed on`);
  });

  test('time in which this process was busy does not count either', () =>
    withTime(async (pass) => {
      await start();
      mock.timers.tick(2000);
      await settle();
      session.receive(print('one'));
      busy.resolve();
      await pass(900);
      assert.equal(await pending(), 'pending');
      session.receive(exited({ wall_us: 950_000, stalled_us: 2_000_000, stdout_bytes: 3 }));
      assert.deepEqual((await execution).fate, { status: 'completed', exitCode: 0 });
    }));

  test('while bytes keep arriving, sandbox-init counts as responding', () =>
    withTime(async (pass) => {
      await start();
      busy.resolve();
      for (let piece = 0; piece < 20; piece += 1) {
        await pass(100);
        session.receive(print('.'));
      }
      assert.equal(await pending(), 'pending');
      await pass(500);
      assert.deepEqual((await execution).fate, { status: 'timed_out' });
    }));
});

describe('data to sandbox-init', () => {
  let writes: Buffer[];
  let taken: Deferred;
  let session: Session;

  beforeEach(() => {
    writes = [];
    taken = new Deferred();
    session = new Session((buffers) => {
      writes.push(...buffers);
      return taken.promise;
    });
  });

  function types(): string {
    return readFrames(Buffer.concat(writes))
      .map(({ type }) => type)
      .join('');
  }

  test('waits for the connection: of 16 MiB of files, at most 1 MiB is in flight', async () => {
    session.stage([file('large', Buffer.alloc(16 * MEBIBYTE))]);
    const execution = session.execute(command());
    for (let count = 1; count <= 16; count += 1) {
      await settle();
      // The header of the file has a frame of its own.
      assert.equal(types(), `F${'F'.repeat(count)}`);
      const before = taken;
      taken = new Deferred();
      before.resolve();
    }
    await settle();
    taken.resolve();
    await settle();
    assert.equal(types(), `${'F'.repeat(19)}X`);
    session.receive(Buffer.concat([READY, STARTED, exited()]));
    await execution;
  });

  test('holds the large content of a file itself, not a copy', async () => {
    const large = file('large', Buffer.alloc(MEBIBYTE));
    session.stage([file('small', 'x'), large]);
    await settle();
    assert.ok(writes.some((buffer) => buffer.buffer === large.content.buffer));
  });

  test('is dropped when the session ends', async () => {
    session.stage([file('large', Buffer.alloc(4 * MEBIBYTE))]);
    await settle();
    session.end(new RunnerError('internal', 'given up'));
    taken.resolve();
    await settle();
    assert.equal(types(), 'FF');
  });
});
