import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ResponseBudget } from '../../src/http/response-budget.ts';

const NEVER = new AbortController().signal;

test('responses wait for the budget in order, even a small one after a large one', async () => {
  const budget = new ResponseBudget(100);
  const order: string[] = [];
  const releaseFirst = await budget.take(80, NEVER);
  const second = budget.take(50, NEVER).then((release) => {
    order.push('second');
    return release;
  });
  const third = budget.take(10, NEVER).then(() => order.push('third'));
  await setImmediate();
  assert.deepEqual(order, []);
  releaseFirst();
  releaseFirst();
  await third;
  assert.deepEqual(order, ['second', 'third']);
  assert.equal(budget.taken, 60);
  (await second)();
  assert.equal(budget.taken, 10);
});

test('a response larger than the whole budget waits until it is alone', async () => {
  const budget = new ResponseBudget(100);
  const release = await budget.take(1, NEVER);
  let isIn = false;
  const large = budget.take(1000, NEVER).then(() => {
    isIn = true;
  });
  await setImmediate();
  assert.equal(isIn, false);
  release();
  await large;
});

test('a cancelled waiter lets the next ones in', async () => {
  const budget = new ResponseBudget(100);
  await budget.take(60, NEVER);
  const left = new AbortController();
  const large = budget.take(90, left.signal);
  const small = budget.take(40, NEVER);
  left.abort(new Error('gone'));
  await assert.rejects(large, /gone/);
  await small;
  assert.equal(budget.taken, 100);
});
