import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Compiled } from '../../src/compile-cache/compiled.ts';
import { decodeEntry, encodeEntry } from '../../src/compile-cache/entry.ts';
import type { Execution } from '../../src/core/result.ts';
import { compiled, keyOf } from './entries.ts';

const KEY = keyOf('a');
const BINARY = Buffer.from([0, 0xff, 0x7f, 0x0a, 0, 1]);
const UNKNOWN_USAGE: Execution['usage'] = { wallMs: 1.5, cpuMs: undefined, memoryPeakBytes: undefined };

const ENTRIES: Record<string, Compiled> = {
  'an artefact with warnings': compiled(BINARY, { stdout: 'note', stderr: 'ünused', truncated: true }),
  'an empty artefact': compiled(Buffer.alloc(0)),
  'a refusal': compiled(undefined, { fate: { status: 'completed', exitCode: 2 }, stderr: BINARY }),
  'a usage that is not known': compiled(BINARY, { usage: UNKNOWN_USAGE }),
};

for (const [what, entry] of Object.entries(ENTRIES)) {
  test(`${what} is decoded unchanged`, () => {
    assert.deepEqual(decodeEntry(KEY, Buffer.concat(encodeEntry(KEY, entry))), entry);
  });
}

const WHOLE = Buffer.concat(encodeEntry(KEY, compiled(BINARY, { stdout: 'note' })));

test('an entry with any changed bit is invalid', () => {
  for (let bit = 0; bit < 8 * WHOLE.length; bit += 1) {
    const changed = Buffer.from(WHOLE);
    changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
    assert.equal(decodeEntry(KEY, changed), undefined, `bit ${bit}`);
  }
});

test('an entry that is too short or too long is invalid', () => {
  for (let length = 0; length < WHOLE.length; length += 1)
    assert.equal(decodeEntry(KEY, WHOLE.subarray(0, length)), undefined);
  assert.equal(decodeEntry(KEY, Buffer.concat([WHOLE, Buffer.alloc(1)])), undefined);
});

test('an entry under the name of another is invalid', () => {
  assert.equal(decodeEntry(keyOf('b'), WHOLE), undefined);
});
