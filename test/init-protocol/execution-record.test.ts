import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Execution } from '../../src/core/result.ts';
import { FrameDecoder, OUT, type OutFrame, ProtocolError } from '../../src/init-protocol/codec.ts';
import { readEnding } from '../../src/init-protocol/ending.ts';
import { ExecutionRecord } from '../../src/init-protocol/execution-record.ts';
import { exited, fieldsFrame, outFrame } from './frames.ts';

function framesIn(...bytes: Buffer[]): OutFrame[] {
  return new FrameDecoder().push(Buffer.concat(bytes));
}

/** Feeds output frames, and `exited` if given. */
function record(outputBytes: number, ...bytes: Buffer[]): Execution | undefined {
  const execution = new ExecutionRecord(outputBytes);
  for (const frame of framesIn(...bytes)) {
    if (frame.type === OUT.exited) return execution.finish(readEnding(frame));
    execution.add(frame.type === OUT.stderr ? 'stderr' : 'stdout', frame.payload);
  }
  return undefined;
}

function stdout(text: string): Buffer {
  return outFrame(OUT.stdout, Buffer.from(text));
}

test('output and usage', () => {
  const execution = record(
    100,
    stdout('one '),
    outFrame(OUT.stderr, Buffer.from('warning')),
    stdout('two'),
    exited({ exit_code: 3, stdout_bytes: 7, stderr_bytes: 7 }),
  );
  assert.deepEqual(execution, {
    fate: { status: 'completed', exitCode: 3 },
    stdout: { bytes: Buffer.from('one two'), truncated: false },
    stderr: { bytes: Buffer.from('warning'), truncated: false },
    usage: { wallMs: 12.345, cpuMs: 10.9, memoryPeakBytes: 9_437_184 },
    startedAhead: false,
  });
});

test('the fate for every cause', () => {
  const fates: [Record<string, string | number>, Execution['fate']][] = [
    [
      { cause: 'exited', exit_code: 137 },
      { status: 'completed', exitCode: 137 },
    ],
    [
      { cause: 'signaled', signal: 11 },
      { status: 'signaled', signal: 11 },
    ],
    [{ cause: 'wall_limit' }, { status: 'timed_out' }],
    [{ cause: 'cpu_limit' }, { status: 'timed_out' }],
    [{ cause: 'output_limit' }, { status: 'output_limit_exceeded' }],
    [{ cause: 'out_of_memory' }, { status: 'out_of_memory' }],
  ];
  for (const [fields, fate] of fates) assert.deepEqual(record(1, exited(fields))?.fate, fate);
});

test('a stream is truncated if more was written than passed on', () => {
  const execution = record(4, stdout('four'), exited({ stdout_bytes: 5 }));
  assert.deepEqual(execution?.stdout, { bytes: Buffer.from('four'), truncated: true });
  assert.equal(execution?.stderr.truncated, false);
});

test('one byte over the limit cuts the stream; more is a protocol error, for each stream', () => {
  const cut = record(
    4,
    stdout('four'),
    outFrame(OUT.stderr, Buffer.from('fiver')),
    exited({ stdout_bytes: 4, stderr_bytes: 9 }),
  );
  assert.deepEqual(cut?.stdout, { bytes: Buffer.from('four'), truncated: false });
  assert.deepEqual(cut?.stderr, { bytes: Buffer.from('five'), truncated: true });
  assert.throws(() => record(4, stdout('four'), stdout('!'), stdout('!')), ProtocolError);
  assert.throws(() => record(4, outFrame(OUT.stderr, Buffer.from('fivers'))), ProtocolError);
});

test('invalid fields in exited are a protocol error', () => {
  const nonsense = [
    { cause: 'boredom' },
    { exit_code: 'x' },
    { exit_code: -1 },
    { wall_us: '1.5' },
    { stdout_bytes: 1e21 },
  ];
  for (const fields of nonsense) assert.throws(() => record(1, exited(fields)), ProtocolError);
  assert.throws(() => record(1, fieldsFrame(OUT.exited, ['cause', 'exited'])), ProtocolError);
  assert.throws(() => record(1, exited({ exit_code: '' })), ProtocolError);
});

test('an execution without an exited frame keeps the output so far', () => {
  const execution = new ExecutionRecord(6);
  execution.add('stdout', Buffer.from('so far'));
  const usage = { wallMs: 5, cpuMs: undefined, memoryPeakBytes: undefined };
  const ended = execution.finish({ fate: { status: 'out_of_memory' }, usage, writtenBytes: undefined });
  assert.deepEqual(ended.fate, { status: 'out_of_memory' });
  assert.deepEqual(ended.stdout, { bytes: Buffer.from('so far'), truncated: false });
  assert.deepEqual(ended.usage, usage);
  execution.add('stderr', Buffer.from('too far'));
  assert.equal(
    execution.finish({ fate: { status: 'out_of_memory' }, usage, writtenBytes: undefined }).stderr.truncated,
    true,
  );
});

/** Bytes of memory in use. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('a megabyte in one-byte frames takes little more than a megabyte', () => {
  const execution = new ExecutionRecord(1024 ** 2);
  const chunk = Buffer.concat(Array(1024).fill(stdout('x')));
  const before = usedBytes();
  for (let kibibyte = 0; kibibyte < 1024; kibibyte += 1) {
    for (const frame of framesIn(Buffer.from(chunk))) execution.add('stdout', frame.payload);
  }
  const grown = usedBytes() - before;
  const { stdout: printed } = execution.finish(readEnding(framesIn(exited())[0] ?? assert.fail()));
  assert.equal(printed.bytes.length, 1024 ** 2);
  assert.ok(grown < 8 * 1024 ** 2, `grown by ${Math.round(grown / 1024 ** 2)} MiB`);
});
