import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import type { CollectRequest, InputSink } from '../../src/core/command.ts';
import { RunnerError } from '../../src/core/errors.ts';
import { packArchive } from '../../src/init-protocol/archive.ts';
import { ProtocolError, STDIN_WINDOW_BYTES } from '../../src/init-protocol/codec.ts';
import { Session } from '../../src/init-protocol/session.ts';
import { command, file, MEBIBYTE } from '../fixtures.ts';
import {
  END_OF_FILES,
  exited,
  fieldsFrame,
  OUT,
  outFrame,
  READY,
  readFields,
  readFrames,
  STARTED,
  seededRandomBytes,
} from './frames.ts';
import { settle, withTime } from './mocked-time.ts';

const COLLECT: CollectRequest = { root: '/workspace', paths: ['*.txt', 'a'], maxBytes: 1000 };

let writes: Buffer[] = [];
let session: Session;

beforeEach(() => {
  writes = [];
  session = new Session((buffers) => void writes.push(Buffer.concat(buffers)));
});

function frames(): string[] {
  return sent().map(({ type }) => type);
}

function sent() {
  return readFrames(Buffer.concat(writes));
}

function say(...bytes: Buffer[]): void {
  session.receive(Buffer.concat(bytes));
}

function print(text: string): Buffer {
  return outFrame(OUT.stdout, Buffer.from(text));
}

function isFailure(error: unknown): boolean {
  return error instanceof RunnerError && error.code === 'internal';
}

function isProtocolFailure(error: unknown): boolean {
  return isFailure(error) && (error as Error).cause instanceof ProtocolError;
}

test('ready resolves with the greeting of protocol 1', async () => {
  say(READY);
  await session.ready;
});

test('another protocol version, or another frame first, is a failure', async () => {
  for (const protocol of [0, 2, 11]) {
    const fresh = new Session(() => undefined);
    fresh.receive(fieldsFrame(OUT.ready, ['protocol', protocol]));
    await assert.rejects(fresh.ready, isProtocolFailure, `protocol ${protocol}`);
  }
  say(fieldsFrame(OUT.ready));
  await assert.rejects(session.ready, isProtocolFailure);
  const other = new Session(() => undefined);
  other.receive(STARTED);
  await assert.rejects(other.ready, isProtocolFailure);
});

test('a small request is sent in one write, in the order of the protocol', async () => {
  say(READY);
  session.stage([file('main.py', 'print(1)')]);
  const execution = session.execute(command({ stdin: Buffer.from('in') }));
  const collected = session.collect(COLLECT);
  await settle();
  assert.equal(writes.length, 1);
  assert.deepEqual(frames(), ['F', 'F', 'X', 'I', 'I', 'C']);
  const [archive, endOfArchive] = sent();
  assert.deepEqual(archive?.payload, packArchive([file('main.py', 'print(1)')]));
  assert.equal(endOfArchive?.payload.length, 0);
  say(STARTED, exited(), END_OF_FILES);
  await Promise.all([execution, collected]);
});

test('files for /tmp are an archive of their own type', async () => {
  session.stage([file('main.rs', 'fn main() {}')]);
  session.stage([file('.code-runner/main', 'ELF')], '/tmp');
  void session.execute(command());
  await settle();
  assert.deepEqual(frames(), ['F', 'F', 'T', 'T', 'X']);
  assert.deepEqual(sent()[2]?.payload, packArchive([file('.code-runner/main', 'ELF')]));
  say(READY, STARTED, exited());
});

test('snapshot and reset are sent together with what follows, in one write and in order', async () => {
  session.stage([file('main.py', 'print(1)')]);
  session.snapshot(['/workspace', '/tmp/.code-runner/main']);
  const first = session.execute(command());
  await settle();
  assert.equal(writes.length, 1);
  assert.deepEqual(frames(), ['F', 'F', 'P', 'X']);
  assert.deepEqual(readFields(sent()[2]?.payload ?? Buffer.alloc(0)), [
    'max_bytes=67108864',
    'path=/workspace',
    'path=/tmp/.code-runner/main',
  ]);
  say(READY, STARTED, exited());
  await first;
  const reset = session.reset();
  const second = session.execute(command());
  await settle();
  assert.equal(writes.length, 2);
  assert.deepEqual(frames().slice(4), ['R', 'X']);
  assert.equal(sent()[4]?.payload.length, 0);
  say(READY, STARTED, exited({ exit_code: 4 }));
  assert.equal(await reset, undefined);
  assert.deepEqual((await second).fate, { status: 'completed', exitCode: 4 });
});

test('a failed reset is an internal error, also for everything after it', async () => {
  const reset = session.reset();
  const execution = session.execute(command());
  await settle();
  say(READY, fieldsFrame(OUT.error, ['code', 'reset_failed'], ['message', 'connections are left']));
  for (const waiting of [reset, execution, session.execute(command())]) {
    await assert.rejects(waiting, (error) => {
      assert.ok(isFailure(error) && !isProtocolFailure(error));
      return String((error as Error).cause).includes('connections are left');
    });
  }
});

test('a reset that is not answered by ready is a protocol error', async () => {
  const reset = session.reset();
  await settle();
  say(READY, STARTED);
  await assert.rejects(reset, isProtocolFailure);
  await assert.rejects(session.execute(command()), isProtocolFailure);
});

for (const code of ['snapshot_too_large', 'snapshot_refused']) {
  test(`${code} is reported to the caller by the next command`, async () => {
    session.snapshot(['/workspace']);
    const execution = session.execute(command());
    await settle();
    say(READY, fieldsFrame(OUT.error, ['code', code], ['message', 'a link']));
    await assert.rejects(execution, (error) => error instanceof RunnerError && error.code === 'invalid_request');
  });
}

test('no files: no archive is sent', async () => {
  session.stage([]);
  void session.execute(command());
  await settle();
  assert.deepEqual(frames(), ['X']);
  say(READY, STARTED, exited());
});

test('a large archive is sent in frames of at most a megabyte', async () => {
  session.stage([file('large', Buffer.alloc(2.5 * MEBIBYTE))]);
  await settle();
  const sizes = sent().map(({ payload }) => payload.length);
  // The header of the file and the end of the archive have frames of their own, so that the content need not be copied.
  assert.deepEqual(sizes, [512, MEBIBYTE, MEBIBYTE, MEBIBYTE / 2, 1024, 0]);
});

test('the fields of exec', async () => {
  const environment = { PATH: '/bin', EMPTY: '', EQUALS: 'a=b\n' };
  const execution = session.execute(
    command({ argv: ['sh', '-c', 'echo "$1"', ''], environment, wallMs: 1500.4, cpuMs: 0.2, outputBytes: 100 }),
  );
  await settle();
  assert.deepEqual(readFields(sent()[0]?.payload ?? Buffer.alloc(0)), [
    'arg=sh',
    'arg=-c',
    'arg=echo "$1"',
    'arg=',
    'env=PATH=/bin',
    'env=EMPTY=',
    'env=EQUALS=a=b\n',
    'stdin=null',
    'wall_ms=1500',
    'output_bytes=101',
    'output_kill_bytes=1600',
    'cpu_ms=1',
  ]);
  say(READY, STARTED, exited());
  await execution;
});

test('live input: a pipe from the start; input and output are passed on as they arrive', async () => {
  const received: string[] = [];
  const live = {
    sink: undefined as InputSink | undefined,
    flowTo(sink: InputSink): void {
      live.sink = sink;
    },
  };
  const execution = session.execute(
    command({
      stdin: live,
      onOutput: (stream, bytes) => void received.push(`${stream} ${bytes}`),
      outputBytes: 10,
      outputKillBytes: 11,
    }),
  );
  live.sink?.write(Buffer.from('early '));
  await settle();
  const fields = readFields(sent()[0]?.payload ?? Buffer.alloc(0));
  assert.ok(fields.includes('stdin=pipe') && fields.includes('output_kill_bytes=11'), fields.join());
  say(READY, STARTED, print('one'), outFrame(OUT.stderr, Buffer.from('beside')));
  assert.deepEqual(received, ['stdout one', 'stderr beside']);
  live.sink?.write(Buffer.from('late'));
  say(print('two'));
  live.sink?.end();
  await settle();
  const input = sent().filter(({ type }) => type === 'I');
  assert.deepEqual(
    input.map(({ payload }) => payload.toString()),
    ['early ', 'late', ''],
  );
  say(exited({ stdout_bytes: 6, stderr_bytes: 6 }));
  assert.equal((await execution).stdout.bytes.toString(), 'onetwo');
  assert.deepEqual(received, ['stdout one', 'stderr beside', 'stdout two']);
  const frames = sent().length;
  live.sink?.write(Buffer.from('too late'));
  await settle();
  assert.equal(sent().length, frames, 'nothing more is sent');
});

/** A command that keeps three bytes of each stream, and what its listeners are called with. */
function followed() {
  const seen: string[] = [];
  const execution = session.execute(
    command({
      outputBytes: 3,
      onStart: () => void seen.push('start'),
      onOutput: (stream, bytes) => void seen.push(`${stream} ${bytes}`),
      onTruncated: (stream) => void seen.push(`${stream} cut`),
    }),
  );
  return { seen, execution };
}

test('output over the limit is not passed on, and reported when it comes', async () => {
  const { seen, execution } = followed();
  await settle();
  say(READY, STARTED, print('fo'));
  assert.deepEqual(seen, ['start', 'stdout fo']);
  say(print('ur'));
  assert.deepEqual(seen.splice(0), ['start', 'stdout fo', 'stdout u', 'stdout cut']);
  for (const text of ['a', 'bc', 'd']) say(outFrame(OUT.stderr, Buffer.from(text)));
  assert.deepEqual(seen.splice(0), ['stderr a', 'stderr bc', 'stderr cut']);
  say(exited({ stdout_bytes: 400, stderr_bytes: 4 }));
  const { stdout, stderr } = await execution;
  assert.deepEqual(stdout, { bytes: Buffer.from('fou'), truncated: true });
  assert.deepEqual(stderr, { bytes: Buffer.from('abc'), truncated: true });
});

test('output that just fits is not reported as cut', async () => {
  const { seen, execution } = followed();
  await settle();
  say(READY, STARTED, print('fit'), exited({ stdout_bytes: 3 }));
  assert.deepEqual([(await execution).stdout.truncated, seen], [false, ['start', 'stdout fit']]);
});

test('the fields of collect', async () => {
  const collected = session.collect(COLLECT);
  await settle();
  assert.deepEqual(readFields(sent()[0]?.payload ?? Buffer.alloc(0)), [
    'root=/workspace',
    'max_bytes=1000',
    'path=*.txt',
    'path=a',
  ]);
  say(READY, END_OF_FILES);
  await collected;
});

test('answers go to the commands in order, however they are cut', async () => {
  const compile = session.execute(command({ argv: ['cc'] }));
  const archive = packArchive([file('a.txt', 'A')]);
  await settle();
  say(READY, STARTED, print('compiled'), exited({ stdout_bytes: 8 }));
  assert.equal((await compile).stdout.bytes.toString(), 'compiled');
  const run = session.execute(command());
  const collected = session.collect(COLLECT);
  await settle();
  const answers = [
    STARTED,
    print('ran'),
    exited({ exit_code: 2, stdout_bytes: 3 }),
    outFrame(OUT.files, archive),
    END_OF_FILES,
  ];
  for (const byte of Buffer.concat(answers)) session.receive(Buffer.from([byte]));
  const { fate, stdout } = await run;
  assert.deepEqual(fate, { status: 'completed', exitCode: 2 });
  assert.equal(stdout.bytes.toString(), 'ran');
  assert.equal((await collected).files[0]?.content.toString(), 'A');
});

test('standard input follows the acknowledgements to its last byte', async () => {
  const input = seededRandomBytes(200_000);
  const execution = session.execute(command({ stdin: input }));
  await settle();
  say(READY, STARTED);
  const received = () =>
    Buffer.concat(
      sent()
        .filter(({ type }) => type === 'I')
        .map(({ payload }) => payload),
    );
  assert.equal(received().length, STDIN_WINDOW_BYTES);
  for (let acknowledged = 0; acknowledged < input.length; acknowledged += 50_000) {
    say(fieldsFrame(OUT.stdinAck, ['bytes', 50_000]));
    await settle();
    assert.ok(received().length <= acknowledged + 50_000 + STDIN_WINDOW_BYTES);
  }
  assert.ok(received().equals(input));
  assert.equal(sent().at(-1)?.payload.length, 0, 'end-of-file');
  say(exited());
  await execution;
});

test('an acknowledgement after the end of a program does no harm', async () => {
  const execution = session.execute(command({ stdin: Buffer.from('x') }));
  await settle();
  say(READY, STARTED, exited(), fieldsFrame(OUT.stdinAck, ['bytes', 1]));
  await execution;
  assert.deepEqual(frames(), ['X', 'I', 'I']);
});

test('an invalid acknowledgement is a failure, not an early end-of-file', async () => {
  const execution = session.execute(command({ stdin: Buffer.alloc(100_000) }));
  await settle();
  say(READY, STARTED, fieldsFrame(OUT.stdinAck, ['bytes', 'many']));
  await assert.rejects(execution, isProtocolFailure);
  assert.ok(sent().every(({ payload }) => payload.length > 0));
});

test('output that sandbox-init should have cut is a protocol error for everything that is waiting', async () => {
  const execution = session.execute(command({ outputBytes: 3 }));
  const collected = session.collect(COLLECT);
  await settle();
  say(READY, STARTED, print('fiver'));
  await assert.rejects(execution, isProtocolFailure);
  await assert.rejects(collected, isProtocolFailure);
  await assert.rejects(session.execute(command()), isProtocolFailure, 'no more commands are accepted');
});

test('an unexpected or invalid frame is a failure', async () => {
  for (const bytes of [print('boo'), END_OF_FILES, Buffer.from([9, 9, 9, 9, 9])]) {
    const fresh = new Session(() => undefined);
    fresh.receive(READY);
    fresh.receive(bytes);
    await assert.rejects(fresh.execute(command()), isProtocolFailure);
  }
});

test('an error frame is a failure with its message for the log', async () => {
  const execution = session.execute(command());
  await settle();
  say(READY, fieldsFrame(OUT.error, ['code', 'system'], ['message', 'openat: EMFILE']));
  await assert.rejects(execution, (error) => {
    assert.ok(isProtocolFailure(error) && error instanceof RunnerError);
    assert.match(String(error.cause), /system: openat: EMFILE/);
    assert.doesNotMatch(error.detail, /openat/);
    return true;
  });
});

test('files that do not fit are reported to the caller', async () => {
  session.stage([file('a', 'x')]);
  const execution = session.execute(command());
  await settle();
  say(READY, fieldsFrame(OUT.error, ['code', 'no_space'], ['message', 'write']));
  await assert.rejects(execution, (error) => error instanceof RunnerError && error.code === 'invalid_request');
});

test('end fails everything that is waiting, once, and nothing is sent or read any more', async () => {
  const execution = session.execute(command());
  const collected = session.collect(COLLECT);
  await settle();
  const written = writes.length;
  const reason = new RunnerError('engine_unavailable', 'gone');
  session.end(reason);
  session.end(new RunnerError('internal', 'later'));
  for (const waiting of [session.ready, execution, collected, session.execute(command()), session.collect(COLLECT)]) {
    await assert.rejects(waiting, (error) => error === reason);
  }
  session.stage([file('a', 'x')]);
  session.exit();
  say(READY, STARTED);
  await settle();
  assert.equal(writes.length, written);
});

test('if the sandbox dies, a running program gets the fate that is known; one that has not started fails', async () => {
  const started = session.execute(command());
  await settle();
  say(READY, STARTED, print('so far'));
  session.abandon({ status: 'out_of_memory' });
  session.end(new RunnerError('internal', 'lost'));
  const { fate, stdout } = await started;
  assert.deepEqual([fate, stdout.bytes.toString()], [{ status: 'out_of_memory' }, 'so far']);
  const other = new Session(() => undefined);
  const waiting = other.execute(command());
  other.receive(READY);
  other.abandon({ status: 'out_of_memory' });
  other.end(new RunnerError('internal', 'lost'));
  await assert.rejects(waiting, isFailure);
});

test('an ended execution keeps its fate', async () => {
  const execution = session.execute(command());
  await settle();
  say(READY, STARTED, exited({ exit_code: 3 }));
  session.abandon({ status: 'out_of_memory' });
  assert.deepEqual((await execution).fate, { status: 'completed', exitCode: 3 });
});

test('exit sends the exit frame', () => {
  session.exit();
  assert.deepEqual(frames(), ['Q']);
});

test('a session is idle when sandbox-init is there and every command has been answered', async () => {
  assert.equal(session.isIdle, false, 'not ready yet');
  say(READY);
  await session.ready;
  assert.equal(session.isIdle, true);
  const execution = session.execute(command());
  const collected = session.collect(COLLECT);
  assert.equal(session.isIdle, false);
  await settle();
  say(STARTED, exited());
  await execution;
  assert.equal(session.isIdle, false, 'files are still to come');
  say(END_OF_FILES);
  await collected;
  assert.equal(session.isIdle, true);
});

test('a session that failed or ended is never idle', async () => {
  say(READY, STARTED);
  await session.ready;
  assert.equal(session.isIdle, false, 'nobody asked for that frame');
  const other = new Session(() => undefined);
  other.receive(READY);
  other.end(new RunnerError('internal', 'lost'));
  assert.equal(other.isIdle, false);
});

test('whoever leaves says so behind all that was given, and nothing more', async () => {
  say(READY);
  const execution = session.execute(command());
  await settle();
  say(STARTED, exited());
  await execution;
  await session.leave();
  assert.deepEqual(frames(), ['X', 'Q']);
  session.stage([file('late', 'x')]);
  session.exit();
  await assert.rejects(session.execute(command()), /has been left/);
  await settle();
  assert.deepEqual(frames(), ['X', 'Q']);
  assert.equal(session.isIdle, false);
});

test('files of which a part is on its way are no half frame in front of the exit', async () => {
  say(READY);
  session.stage([file('large', Buffer.alloc(2.5 * MEBIBYTE))]);
  await session.leave();
  await settle();
  const types = frames();
  assert.equal(types.at(-1), 'Q');
  assert.equal(types.filter((type) => type === 'Q').length, 1);
  assert.ok(types.slice(0, -1).every((type) => type === 'F'));
});

test('a session that has failed has nobody to leave', async () => {
  session.end(new RunnerError('engine_unavailable', 'gone'));
  await session.leave();
  assert.deepEqual(frames(), []);
});

test('a frame that is too large to send is a failure and does not hang', async () => {
  const execution = session.execute(command({ argv: Array(2_000).fill('x'.repeat(1000)) }));
  await assert.rejects(execution, isProtocolFailure);
});

test('no response after the wall limit: timed out, with the output so far', () =>
  withTime(async (pass) => {
    const execution = session.execute(command({ wallMs: 1000 }));
    const collected = session.collect(COLLECT);
    await settle();
    say(READY, STARTED, print('so far'));
    const rejected = assert.rejects(collected, isFailure);
    await pass(1000);
    assert.equal(await Promise.race([execution, tick('patient')]), 'patient');
    await pass(1000);
    const { fate, stdout } = await execution;
    assert.deepEqual(fate, { status: 'timed_out' });
    assert.equal(stdout.bytes.toString(), 'so far');
    await rejected;
    await assert.rejects(session.execute(command()), isFailure, 'the sandbox is lost');
  }));

test('a reset that takes too long is a failure; its time starts when its turn comes', () =>
  withTime(async (pass) => {
    const execution = session.execute(command({ wallMs: 20_000 }));
    await settle();
    say(READY, STARTED);
    await pass(15_000);
    say(exited());
    await execution;
    const reset = session.reset();
    await settle();
    await pass(4000);
    assert.equal(await Promise.race([reset, tick('patient')]), 'patient');
    await pass(2000);
    await assert.rejects(reset, isFailure);
    await assert.rejects(session.execute(command()), isFailure, 'the sandbox is lost');
  }));

test('no response before the program has started is a failure', () =>
  withTime(async (pass) => {
    const execution = session.execute(command({ wallMs: 100 }));
    await settle();
    say(READY);
    await pass(5000);
    assert.equal(await Promise.race([execution, tick('patient')]), 'patient');
    await pass(6000);
    await assert.rejects(execution, isFailure);
  }));

test('a frame that arrived in time counts, however late it is read', () =>
  withTime(async () => {
    const execution = session.execute(command({ wallMs: 100 }));
    await settle();
    say(READY, STARTED);
    mock.timers.tick(5000);
    say(exited({ exit_code: 7 }));
    assert.deepEqual((await execution).fate, { status: 'completed', exitCode: 7 });
    await settle();
    const next = session.execute(command());
    await settle();
    assert.deepEqual(frames(), ['X', 'X'], 'the session continues');
    say(STARTED, exited());
    await next;
  }));

test('an ended program leaves no timer behind', () =>
  withTime(async (pass) => {
    const execution = session.execute(command({ wallMs: 100 }));
    await settle();
    say(READY, STARTED, exited());
    await execution;
    await pass(60_000);
    const second = session.execute(command());
    await settle();
    say(STARTED, exited());
    await second;
  }));
