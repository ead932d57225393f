import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collected } from '../../src/core/result.ts';
import { packArchive } from '../../src/init-protocol/archive.ts';
import { FrameDecoder, OUT, ProtocolError } from '../../src/init-protocol/codec.ts';
import { CollectionRecord } from '../../src/init-protocol/collection.ts';
import { file } from '../fixtures.ts';
import { END_OF_FILES, fieldsFrame, outFrame, STARTED } from './frames.ts';

const MEBIBYTE = 1024 ** 2;

function take(record: CollectionRecord, ...frames: Buffer[]): Promise<Collected> | undefined {
  return new FrameDecoder()
    .push(Buffer.concat(frames))
    .map((frame) => record.take(frame))
    .at(-1);
}

test('files in pieces, and omitted files', async () => {
  const archive = packArchive([file('a.txt', 'A'), file('b/c', 'C')]);
  const pieces = [archive.subarray(0, 700), archive.subarray(700)].map((piece) => outFrame(OUT.files, piece));
  const omitted = fieldsFrame(OUT.omitted, ['path', 'big=file'], ['reason', 'too_large']);
  const collected = await take(new CollectionRecord(100), omitted, ...pieces, END_OF_FILES);
  assert.deepEqual(
    collected?.files.map(({ path, content }) => `${path}:${content}`),
    ['a.txt:A', 'b/c:C'],
  );
  assert.deepEqual(collected?.omitted, [{ path: Buffer.from('big=file'), reason: 'too_large' }]);
});

test('if nothing is found there are no files', async () => {
  assert.deepEqual(await take(new CollectionRecord(100), END_OF_FILES), { files: [], omitted: [] });
});

test('the answer is not complete before the empty frame', () => {
  assert.equal(take(new CollectionRecord(100), outFrame(OUT.files, Buffer.alloc(512))), undefined);
});

test('much more than was requested is a protocol error', () => {
  const record = new CollectionRecord(MEBIBYTE);
  const piece = outFrame(OUT.files, Buffer.alloc(64 * 1024));
  for (let sent = 0; sent < 17 * 16; sent += 1) take(record, piece);
  assert.throws(() => take(record, piece), ProtocolError);
});

test('a program cannot fill the memory with names of omitted files', async () => {
  const record = new CollectionRecord(MEBIBYTE);
  const omitted = fieldsFrame(OUT.omitted, ['path', 'x'.repeat(4000)], ['reason', 'too_large']);
  for (let sent = 0; sent < 5000; sent += 1) take(record, omitted);
  const collected = await take(record, END_OF_FILES);
  assert.equal(collected?.omitted.length, 1000);
  assert.equal(collected?.omitted[998]?.reason, 'too_large');
  assert.equal(collected?.omitted[999]?.reason, 'too_many');
});

test('a frame that does not belong to a collection', () => {
  assert.throws(() => take(new CollectionRecord(1), STARTED), ProtocolError);
});
