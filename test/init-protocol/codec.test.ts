import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import {
  decodeFields,
  encodeFields,
  encodeFrame,
  FrameDecoder,
  MAX_IN_PAYLOAD_BYTES,
  MAX_OUT_PAYLOAD_BYTES,
  ProtocolError,
} from '../../src/init-protocol/codec.ts';
import { seededRandom } from '../fixtures.ts';
import { exited, OUT, outFrame, READY, STARTED } from './frames.ts';

const CONVERSATION = Buffer.concat([
  READY,
  STARTED,
  outFrame(OUT.stdout, Buffer.from('hello\n')),
  outFrame(OUT.stderr, Buffer.from([0, 255, 10])),
  exited({ stdout_bytes: 6 }),
]);

function decode(chunks: readonly Buffer[]): string[] {
  const decoder = new FrameDecoder();
  const frames = chunks.flatMap((chunk) => decoder.push(chunk));
  assert.equal(decoder.atBoundary, true);
  return frames.map(({ type, payload }) => `${type}:${payload.toString('hex')}`);
}

test('a frame on the wire', () => {
  assert.deepEqual(encodeFrame('F', Buffer.from('abc')), Buffer.from([0, 0, 0, 3, 0x46, 0x61, 0x62, 0x63]));
  assert.deepEqual(encodeFrame('Q'), Buffer.from([0, 0, 0, 0, 0x51]));
});

test('a payload over the limit is not sent', () => {
  assert.equal(encodeFrame('F', Buffer.alloc(MAX_IN_PAYLOAD_BYTES)).length, MAX_IN_PAYLOAD_BYTES + 5);
  assert.throws(() => encodeFrame('F', Buffer.alloc(MAX_IN_PAYLOAD_BYTES + 1)), ProtocolError);
});

test('the same frames wherever the stream is cut in two', () => {
  const whole = decode([CONVERSATION]);
  assert.deepEqual(
    whole.map((frame) => frame[0]),
    ['r', 's', 'o', 'e', 'x'],
  );
  for (let cut = 0; cut <= CONVERSATION.length; cut += 1) {
    assert.deepEqual(decode([CONVERSATION.subarray(0, cut), CONVERSATION.subarray(cut)]), whole, `cut at ${cut}`);
  }
});

test('the same frames byte by byte, and in random pieces', () => {
  const whole = decode([CONVERSATION]);
  assert.deepEqual(decode([...CONVERSATION].map((byte) => Buffer.from([byte]))), whole);
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = seededRandom(seed);
    const chunks: Buffer[] = [];
    for (let offset = 0; offset < CONVERSATION.length; ) {
      const length = Math.floor(random() * 9);
      chunks.push(CONVERSATION.subarray(offset, offset + length));
      offset += length;
    }
    assert.deepEqual(decode(chunks), whole, `seed ${seed}`);
  }
});

test('10,000 tiny frames in one chunk', () => {
  const frames = new FrameDecoder().push(Buffer.concat(Array(10_000).fill(outFrame(OUT.stdout, Buffer.from('x')))));
  assert.equal(frames.length, 10_000);
  assert.ok(frames.every(({ type, payload }) => type === 'o' && payload.equals(Buffer.from('x'))));
});

test('the largest payload, byte by byte, is assembled once, not at every byte', () => {
  const frame = outFrame(OUT.stdout, Buffer.alloc(MAX_OUT_PAYLOAD_BYTES, 7));
  const concat = mock.method(Buffer, 'concat');
  const decoder = new FrameDecoder();
  const frames = [...frame].flatMap((byte) => decoder.push(Buffer.from([byte])));
  const times = concat.mock.callCount();
  concat.mock.restore();
  assert.equal(frames[0]?.payload.length, MAX_OUT_PAYLOAD_BYTES);
  assert.ok(times <= 2, `put together ${times} times`);
});

test('a truncated header or payload yields nothing, and the stream must not end there', () => {
  for (let length = 1; length < READY.length; length += 1) {
    const decoder = new FrameDecoder();
    assert.deepEqual(decoder.push(READY.subarray(0, length)), []);
    assert.equal(decoder.atBoundary, false);
  }
});

test('an excessive length is refused before the payload arrives', () => {
  const header = Buffer.from([0, 1, 0, 1, 0x6f]);
  assert.throws(() => new FrameDecoder().push(header), ProtocolError);
  assert.throws(() => new FrameDecoder().push(Buffer.from([255, 255, 255, 255, 0x6f])), ProtocolError);
});

test('an unknown type is refused before the payload arrives', () => {
  for (const type of ['X', 'O', '\0', '\xff', ' ']) {
    assert.throws(() => new FrameDecoder().push(outFrame(type, Buffer.from('x')).subarray(0, 5)), ProtocolError);
  }
});

test('fields on the wire', () => {
  assert.deepEqual(
    encodeFields([
      ['arg', 'a b'],
      ['arg', ''],
      ['wall_ms', 5],
    ]),
    Buffer.from('arg=a b\0arg=\0wall_ms=5\0'),
  );
});

test('a NUL cannot forge a field', () => {
  assert.throws(() => encodeFields([['arg', 'x\0wall_ms=1']]), ProtocolError);
  assert.throws(() => encodeFields([['a\0b', 'x']]), ProtocolError);
});

test('fields are read byte for byte', () => {
  const fields = decodeFields(Buffer.from([0x70, 0x3d, 0xff, 0x3d, 0x0a, 0, 0x71, 0x3d, 0]));
  assert.deepEqual(
    [...fields],
    [
      ['p', '\xff=\n'],
      ['q', ''],
    ],
  );
  assert.deepEqual([...decodeFields(Buffer.alloc(0))], []);
});

test('malformed fields are refused', () => {
  for (const text of ['a=b', 'a\0', '=b\0', 'a=b\0\0']) {
    assert.throws(() => decodeFields(Buffer.from(text)), ProtocolError, JSON.stringify(text));
  }
});
