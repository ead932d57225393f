import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSize, parseSize } from '../../src/core/size.ts';

test('valid sizes', () => {
  const sizes: [string, number][] = [
    ['0', 0],
    ['1048576', 1_048_576],
    ['7b', 7],
    ['64k', 65_536],
    ['64K', 65_536],
    ['256m', 268_435_456],
    ['256M', 268_435_456],
    ['256mb', 268_435_456],
    ['256MB', 268_435_456],
    ['256Mi', 268_435_456],
    ['256MiB', 268_435_456],
    ['64ki', 65_536],
    ['1g', 1_073_741_824],
  ];
  for (const [text, bytes] of sizes) assert.equal(parseSize(text), bytes, text);
});

test('invalid sizes', () => {
  const texts = [
    '',
    ' ',
    'm',
    '-1',
    '-1m',
    '1.5m',
    '1e3',
    '256 m',
    ' 256m',
    '256m ',
    '256t',
    '256i',
    '256ib',
    '256bb',
    '256im',
    '0x10',
    'NaN',
    '1'.repeat(13),
    '1m\n',
  ];
  for (const text of texts) assert.equal(parseSize(text), undefined, JSON.stringify(text));
});

test('a number is a number of bytes', () => {
  assert.equal(parseSize(268_435_456), 268_435_456);
  for (const number of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    assert.equal(parseSize(number), undefined);
});

test('a formatted size parses to the same number', () => {
  assert.equal(formatSize(268_435_456), '256m');
  assert.equal(formatSize(1_073_741_824), '1g');
  assert.equal(formatSize(1536), '1536');
  for (const bytes of [0, 1, 1023, 1024, 1025, 1_048_576, 5000 * 1024 ** 2])
    assert.equal(parseSize(formatSize(bytes)), bytes);
});
