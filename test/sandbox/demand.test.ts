import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Demand } from '../../src/sandbox/demand.ts';

const HALF_LIFE_MS = 20_000;

/** Demand of so many leases at one moment, each of them with so many at once. */
function demandOf(leases: number, concurrent = 1): Demand {
  const demand = new Demand();
  for (let lease = 0; lease < leases; lease += 1) demand.note(0, concurrent);
  return demand;
}

test('one lease is no demand, two in short succession are', () => {
  assert.equal(demandOf(1).target(0, 'cell'), 0);
  assert.equal(demandOf(2).target(0, 'cell'), 1);
  const apart = demandOf(1);
  apart.note(2 * HALF_LIFE_MS, 1);
  assert.equal(apart.target(2 * HALF_LIFE_MS, 'cell'), 0);
});

test('containers that are used once are kept by how many are leased', () => {
  assert.equal(demandOf(100).target(0, 'container'), 3);
  assert.equal(demandOf(100, 50).target(0, 'container'), 3);
});

test('cells come back: no more are kept than were leased at once, however many runs there were', () => {
  assert.equal(demandOf(1000).target(0, 'cell'), 1);
  assert.equal(demandOf(1000, 3).target(0, 'cell'), 3);
  assert.equal(demandOf(100, 50).target(0, 'cell'), 3, 'and no more than of containers');
});

test('the peak is of the most at once, and is forgotten with time', () => {
  const demand = new Demand();
  for (const concurrent of [1, 2, 8, 2, 1]) for (let lease = 0; lease < 100; lease += 1) demand.note(0, concurrent);
  assert.equal(demand.target(0, 'cell'), 8);
  for (let lease = 0; lease < 500; lease += 1) demand.note(HALF_LIFE_MS, 1);
  assert.equal(demand.target(HALF_LIFE_MS, 'cell'), 4);
  for (let lease = 0; lease < 500; lease += 1) demand.note(5 * HALF_LIFE_MS, 1);
  assert.equal(demand.target(5 * HALF_LIFE_MS, 'cell'), 1);
});

test('demand that has ended keeps nothing, and can be dropped at last', () => {
  const demand = demandOf(4, 2);
  assert.deepEqual([demand.target(HALF_LIFE_MS, 'cell'), demand.isForgotten(HALF_LIFE_MS)], [1, false]);
  assert.deepEqual([demand.target(2 * HALF_LIFE_MS, 'cell'), demand.isForgotten(2 * HALF_LIFE_MS)], [0, false]);
  assert.equal(demand.isForgotten(5 * HALF_LIFE_MS), true);
});
