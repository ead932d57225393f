import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEADLINES_MS, deadlines } from '../../../../src/engines/docker/api/deadlines.ts';

test('the operator sets how long the engine may take to start a sandbox, and nothing else', () => {
  const set = deadlines(7000);
  assert.deepEqual([set['create container'], set['attach container'], set['start container']], [7000, 7000, 7000]);
  assert.deepEqual([set['remove container'], set.ping], [DEADLINES_MS['remove container'], DEADLINES_MS.ping]);
});

test('an update that fails leaves time to start another sandbox', () => {
  assert.equal(deadlines(30_000)['update container'], 2000);
  assert.equal(deadlines(1000)['update container'], 500);
});
