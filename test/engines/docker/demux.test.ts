import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { Deferred } from '../../../src/core/deferred.ts';
import { Demux } from '../../../src/engines/docker/demux.ts';
import { seededRandom } from '../../fixtures.ts';

function dockerFrame(stream: number, payload: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

function demultiplex(chunks: readonly Buffer[]) {
  const streams = { stdout: '', stderr: '' };
  const demux = new Demux({
    stdout: (chunk) => {
      streams.stdout += chunk.toString('latin1');
    },
    stderr: (chunk) => {
      streams.stderr += chunk.toString('latin1');
    },
  });
  for (const chunk of chunks) demux.push(chunk);
  return { ...streams, atBoundary: demux.atBoundary };
}

const STREAM = Buffer.concat([
  dockerFrame(1, 'out '),
  dockerFrame(2, 'error '),
  dockerFrame(1, ''),
  dockerFrame(1, 'more out'),
  dockerFrame(2, 'x'),
]);
const EXPECTED = { stdout: 'out more out', stderr: 'error x', atBoundary: true };

test('the result does not depend on where the input is cut', () => {
  assert.deepEqual(demultiplex([STREAM]), EXPECTED);
  assert.deepEqual(demultiplex([...STREAM].map((byte) => Buffer.from([byte]))), EXPECTED);
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    assert.deepEqual(demultiplex([STREAM.subarray(0, cut), STREAM.subarray(cut)]), EXPECTED, `cut at ${cut}`);
  }
});

test('the same streams in random pieces', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = seededRandom(seed);
    const chunks: Buffer[] = [];
    for (let offset = 0; offset < STREAM.length; ) {
      const length = Math.floor(random() * 12);
      chunks.push(STREAM.subarray(offset, offset + length));
      offset += length;
    }
    assert.deepEqual(demultiplex(chunks), EXPECTED, `seed ${seed}`);
  }
});

test('10,000 one-byte frames in one chunk', () => {
  assert.equal(demultiplex([Buffer.concat(Array(10_000).fill(dockerFrame(1, 'x')))]).stdout, 'x'.repeat(10_000));
});

test('a payload is passed on as it arrives', () => {
  const { stdout, atBoundary } = demultiplex([dockerFrame(1, 'long').subarray(0, 10)]);
  assert.equal(stdout, 'lo');
  assert.equal(atBoundary, false);
});

test('a stream must not end inside a header or a payload', () => {
  for (let length = 1; length < 12; length += 1) {
    assert.equal(demultiplex([dockerFrame(1, 'long').subarray(0, length)]).atBoundary, false, `after ${length} bytes`);
  }
});

test('an unknown stream is refused', () => {
  for (const stream of [0, 3, 255]) assert.throws(() => demultiplex([dockerFrame(stream, 'x')]), /unknown stream/);
});

test('nothing is passed on while the receiver is busy; then everything is, in order', async () => {
  const taken: string[] = [];
  let busy = new Deferred();
  const demux = new Demux({
    stdout: (chunk) => {
      taken.push(chunk.toString());
      return busy.promise;
    },
    stderr: (chunk) => void taken.push(chunk.toString()),
  });
  const pushed = demux.push(STREAM);
  for (const expected of [['out '], ['out ', 'error ', 'more out']]) {
    await tick();
    assert.deepEqual(taken, expected);
    const before = busy;
    busy = new Deferred();
    before.resolve();
  }
  await pushed;
  assert.deepEqual(taken, ['out ', 'error ', 'more out', 'x']);
  assert.equal(demux.atBoundary, true);
});
