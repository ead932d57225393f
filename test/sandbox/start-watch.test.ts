import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { StartWatch } from '../../src/sandbox/start-watch.ts';

let now = 0;
beforeEach(() => {
  now = 1_000_000;
  mock.method(performance, 'now', () => now);
});
afterEach(() => mock.restoreAll());

test('a start that has succeeded or failed quickly does not count any more', () => {
  const watch = new StartWatch(30_000);
  const [first, second] = [watch.begin(), watch.begin()];
  now += 1000;
  assert.deepEqual([watch.count, watch.longestMs], [2, 1000]);
  watch.succeed(first);
  watch.fail(second);
  assert.deepEqual([watch.count, watch.longestMs], [0, 0]);
});

test('a start that hung and failed counts until another one succeeds', () => {
  const watch = new StartWatch(30_000);
  const hanging = watch.begin();
  now += 30_000;
  watch.fail(hanging);
  assert.deepEqual([watch.count, watch.longestMs], [0, 30_000]);
  const next = watch.begin();
  now += 2000;
  assert.equal(watch.longestMs, 32_000, 'that one has not succeeded either');
  watch.succeed(next);
  assert.equal(watch.longestMs, 0);
});

test('a hanging start still counts after another one succeeds', () => {
  const watch = new StartWatch(30_000);
  watch.begin();
  now += 6000;
  watch.succeed(watch.begin());
  assert.equal(watch.longestMs, 6000);
});

test('if the start timeout is under five seconds, a start that reached it has hung', () => {
  const watch = new StartWatch(2000);
  const [quick, hanging] = [watch.begin(), watch.begin()];
  now += 1999;
  watch.fail(quick);
  now += 1;
  watch.fail(hanging);
  assert.equal(watch.longestMs, 2000);
});
