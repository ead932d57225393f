import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { AnswerRoom } from '../../src/http/answer-room.ts';

const NEVER = new AbortController().signal;

test('responses wait for room in order, even a small one after a large one', async () => {
  const room = new AnswerRoom(100);
  const order: string[] = [];
  const leaveFirst = await room.take(80, NEVER);
  const second = room.take(50, NEVER).then((leave) => {
    order.push('second');
    return leave;
  });
  const third = room.take(10, NEVER).then(() => order.push('third'));
  await setImmediate();
  assert.deepEqual(order, []);
  leaveFirst();
  leaveFirst();
  await third;
  assert.deepEqual(order, ['second', 'third']);
  assert.equal(room.taken, 60);
  (await second)();
  assert.equal(room.taken, 10);
});

test('a response larger than the whole budget waits until it is alone', async () => {
  const room = new AnswerRoom(100);
  const leave = await room.take(1, NEVER);
  let isIn = false;
  const large = room.take(1000, NEVER).then(() => {
    isIn = true;
  });
  await setImmediate();
  assert.equal(isIn, false);
  leave();
  await large;
});

test('a cancelled waiter lets the next ones in', async () => {
  const room = new AnswerRoom(100);
  await room.take(60, NEVER);
  const left = new AbortController();
  const large = room.take(90, left.signal);
  const small = room.take(40, NEVER);
  left.abort(new Error('gone'));
  await assert.rejects(large, /gone/);
  await small;
  assert.equal(room.taken, 100);
});
