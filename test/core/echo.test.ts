import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutEcho } from '../../src/core/echo.ts';

test('a name of at most 200 bytes is returned unchanged', () => {
  for (const name of ['', 'main.py', 'x'.repeat(200), '日'.repeat(66)]) assert.equal(cutEcho(name), name);
});

test('a longer one is cut between characters', () => {
  assert.equal(cutEcho('x'.repeat(32 * 1024 ** 2)), `${'x'.repeat(200)}…`);
  assert.equal(cutEcho('日'.repeat(67)), `${'日'.repeat(66)}…`);
  assert.equal(cutEcho(`${'x'.repeat(199)}\u{1f600}`), `${'x'.repeat(199)}…`);
});
