import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STDIN_WINDOW_BYTES } from '../../src/protocol/codec.ts';
import { StdinPump } from '../../src/protocol/stdin-pump.ts';
import { readFrames, seededRandomBytes } from './frames.ts';

function pumped(bytes: Uint8Array) {
  const sent: Buffer[] = [];
  const pump = new StdinPump(bytes, (frame) => sent.push(frame));
  return { pump, frames: () => readFrames(Buffer.concat(sent)) };
}

test('short input leaves in one go, and end-of-file behind it', () => {
  const { pump, frames } = pumped(Buffer.from('input'));
  pump.pump();
  assert.deepEqual(
    frames().map(({ type, payload }) => `${type}:${payload}`),
    ['I:input', 'I:'],
  );
});

test('no input: nothing is sent, for the program reads /dev/null', () => {
  const { pump, frames } = pumped(new Uint8Array());
  pump.pump();
  pump.acknowledge(0);
  assert.deepEqual(frames(), []);
});

test('input of exactly one window ends without waiting', () => {
  const { pump, frames } = pumped(Buffer.alloc(STDIN_WINDOW_BYTES));
  pump.pump();
  assert.deepEqual(
    frames().map(({ payload }) => payload.length),
    [STDIN_WINDOW_BYTES, 0],
  );
});

test('never more than the window is unacknowledged, and everything arrives in order', () => {
  const input = seededRandomBytes(300_000);
  const { pump, frames } = pumped(input);
  pump.pump();
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
