import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestName } from '../../src/core/nearest-name.ts';

test('the distance counts added, removed and replaced characters', () => {
  const distances: [string, string, number][] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['timout', 'timeout', 1],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
  ];
  for (const [from, to, distance] of distances) assert.equal(editDistance(from, to), distance, `${from} ${to}`);
});

test('the nearest name, if one is near enough', () => {
  const names = ['timeout', 'compile_timeout', 'cpus', 'go'];
  assert.equal(nearestName('time_out', names), 'timeout');
  assert.equal(nearestName('cpu', names), 'cpus');
  assert.equal(nearestName('g', names), 'go');
  for (const strange of ['', 'xyz', 'colour', 'timeout'.repeat(10_000)])
    assert.equal(nearestName(strange, names), undefined);
});
