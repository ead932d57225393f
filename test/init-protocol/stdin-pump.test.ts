import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import type { InputSink, LiveInput } from '../../src/core/command.ts';
import { STDIN_WINDOW_BYTES } from '../../src/init-protocol/codec.ts';
import { STDIN_WAITING_BYTES, StdinPump } from '../../src/init-protocol/stdin-pump.ts';
import { readFrames, seededRandomBytes } from './frames.ts';

function pumped(bytes: Uint8Array) {
  const sent: Buffer[] = [];
  const pump = new StdinPump(bytes, (frame) => sent.push(frame));
  return { pump, frames: () => readFrames(Buffer.concat(sent)) };
}

test('short input is sent at once, followed by end-of-file', () => {
  const { pump, frames } = pumped(Buffer.from('input'));
  pump.open();
  assert.deepEqual(
    frames().map(({ type, payload }) => `${type}:${payload}`),
    ['I:input', 'I:'],
  );
});

test('no input: nothing is sent, because the program reads /dev/null', () => {
  const { pump, frames } = pumped(new Uint8Array());
  pump.open();
  pump.acknowledge(0);
  assert.deepEqual(frames(), []);
});

test('input of exactly one window ends without waiting', () => {
  const { pump, frames } = pumped(Buffer.alloc(STDIN_WINDOW_BYTES));
  pump.open();
  assert.deepEqual(
    frames().map(({ payload }) => payload.length),
    [STDIN_WINDOW_BYTES, 0],
  );
});

test('never more than the window is unacknowledged, and everything arrives in order', () => {
  const input = seededRandomBytes(300_000);
  const { pump, frames } = pumped(input);
  pump.open();
  let acknowledged = 0;
  const sentBytes = () => frames().reduce((sum, { payload }) => sum + payload.length, 0);
  for (let turn = 0; acknowledged < input.length; turn += 1) {
    assert.ok(sentBytes() - acknowledged <= STDIN_WINDOW_BYTES, `turn ${turn}`);
    assert.ok(sentBytes() === input.length || sentBytes() - acknowledged === STDIN_WINDOW_BYTES, 'the window is used');
    const bytes = Math.min(1 + ((turn * 7919) % 20_000), sentBytes() - acknowledged);
    acknowledged += bytes;
    pump.acknowledge(bytes);
  }
  const sent = frames();
  assert.deepEqual(Buffer.concat(sent.map(({ payload }) => payload)), input);
  assert.equal(sent.filter(({ payload }) => payload.length === 0).length, 1, 'one end-of-file');
  assert.equal(sent.at(-1)?.payload.length, 0);
});

test('live input: sent as it arrives once the program is about to run, followed by end-of-file', () => {
  const sent: Buffer[] = [];
  const input = liveInput();
  const pump = new StdinPump(input, (frame) => sent.push(frame));
  input.sink?.write(Buffer.from('early'));
  assert.equal(sent.length, 0, 'nothing is running yet');
  pump.open();
  input.sink?.write(Buffer.from('late'));
  assert.deepEqual(payloads(sent), ['early', 'late']);
  input.sink?.end();
  assert.deepEqual(payloads(sent), ['early', 'late', '']);
});

test('live input that ends at once is an end-of-file', () => {
  const sent: Buffer[] = [];
  const input = liveInput();
  const pump = new StdinPump(input, (frame) => sent.push(frame));
  input.sink?.end();
  pump.open();
  assert.deepEqual(payloads(sent), ['']);
});

test('a program that reads nothing: its input waits outside the window, a million pieces in one buffer, in order', () => {
  const sent: Buffer[] = [];
  const input = liveInput();
  const pump = new StdinPump(input, (frame) => sent.push(frame));
  pump.open();
  const bytes = seededRandomBytes(1_000_000);
  const before = process.memoryUsage().arrayBuffers;
  for (const byte of bytes) input.sink?.write(Buffer.of(byte));
  assert.equal(payloadBytes(sent), STDIN_WINDOW_BYTES);
  assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000);
  input.sink?.end();
  while (payloadBytes(sent) < bytes.length) pump.acknowledge(50_000);
  assert.deepEqual(Buffer.concat(readFrames(Buffer.concat(sent)).map(({ payload }) => payload)), bytes);
  assert.equal(payloads(sent).at(-1), '');
});

test('after the program has ended nothing is sent or kept', () => {
  const sent: Buffer[] = [];
  const input = liveInput();
  const pump = new StdinPump(input, (frame) => sent.push(frame));
  pump.open();
  pump.close();
  input.sink?.write(Buffer.from('late'));
  input.sink?.end();
  pump.acknowledge(10);
  assert.deepEqual(sent, []);
});

test('the writer waits while more than a pipe’s worth is waiting, until the program has read or ended', async () => {
  const input = liveInput();
  const pump = new StdinPump(input, () => undefined);
  pump.open();
  const write = (bytes: number) => input.sink?.write(Buffer.alloc(bytes));
  const resolved = (waiting: Promise<void>) => Promise.race([waiting.then(() => true), tick(false)]);
  assert.equal(write(STDIN_WINDOW_BYTES + STDIN_WAITING_BYTES), undefined);
  const waiting = [write(1), write(1)].map((each) => each ?? assert.fail('it does not wait'));
  pump.acknowledge(1);
  assert.deepEqual(await Promise.all(waiting.map(resolved)), [false, false]);
  pump.acknowledge(1);
  assert.deepEqual(await Promise.all(waiting.map(resolved)), [true, true]);
  const last = write(1) ?? assert.fail('it does not wait');
  pump.close();
  assert.equal(await resolved(last), true);
  assert.equal(write(2 * STDIN_WAITING_BYTES), undefined);
});

function liveInput(): LiveInput & { sink: InputSink | undefined } {
  return {
    sink: undefined,
    flowTo(sink) {
      this.sink = sink;
    },
  };
}

function payloads(sent: readonly Buffer[]): string[] {
  return readFrames(Buffer.concat(sent)).map(({ payload }) => payload.toString());
}

function payloadBytes(sent: readonly Buffer[]): number {
  return readFrames(Buffer.concat(sent)).reduce((sum, { payload }) => sum + payload.length, 0);
}
