import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LongResponse } from '../../../src/http/json/long-response.ts';
import { MEBIBYTE } from '../../fixtures.ts';

const LONG = 200_000;

function written(
  bytes: Buffer,
  encoding: 'utf-8' | 'base64',
): { json: string; largestPiece: number; heldBytes: number } {
  const long = new LongResponse();
  const value = { before: '"\\', stdout: long.text(bytes, encoding), list: [long.text(Buffer.from('short'), 'utf-8')] };
  const { heldBytes } = long;
  const pieces = [...long.pieces(value)];
  return {
    json: Buffer.concat(pieces).toString(),
    largestPiece: Math.max(...pieces.map(({ length }) => length)),
    heldBytes,
  };
}

const TEXTS: Record<string, Buffer> = {
  'plain text': Buffer.from('x'.repeat(LONG)),
  'characters of several bytes': Buffer.from('a€😀\u2028'.repeat(LONG / 4)),
  'what JSON escapes': Buffer.from('"\\\n\u0000\u001f'.repeat(LONG / 5)),
  'invalid sequences': Buffer.from(Array.from({ length: LONG }, (_, index) => (index * 7919) % 256)),
  'a byte order mark': Buffer.from(`\ufeff${'x'.repeat(LONG)}`),
};

describe('a long text is written as JSON.stringify would write it', () => {
  for (const [name, bytes] of Object.entries(TEXTS)) {
    for (const encoding of ['utf-8', 'base64'] as const) {
      test(`${name} as ${encoding}`, () => {
        const { json, largestPiece, heldBytes } = written(bytes, encoding);
        const stdout = bytes.toString(encoding === 'base64' ? 'base64' : 'utf8');
        assert.deepEqual(JSON.parse(json), { before: '"\\', stdout, list: ['short'] });
        assert.ok(largestPiece < LONG * 2, 'it is cut');
        assert.equal(heldBytes, bytes.length);
      });
    }
  }

  test('a response of short texts holds nothing', () => {
    assert.equal(written(Buffer.from('x'.repeat(64 * 1024)), 'utf-8').heldBytes, 0);
  });

  test('of many short texts, only the first are written at once', () => {
    const long = new LongResponse();
    const text = '\u0001'.repeat(60_000);
    const value = Array.from({ length: 200 }, () => [
      long.text(Buffer.from(text), 'utf-8'),
      long.text(Buffer.of(), 'utf-8'),
    ]);
    const pieces = [...long.pieces(value)];
    assert.deepEqual(JSON.parse(Buffer.concat(pieces).toString()), Array(200).fill([text, '']));
    const largest = Math.max(...pieces.map(({ length }) => length));
    assert.ok(largest < 7 * MEBIBYTE, `${largest} bytes of 72 million in one go`);
  });
});
