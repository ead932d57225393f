import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { onAbort, raceAbort } from '../../src/core/abort.ts';

const never = new Promise<never>(() => undefined);

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

test('if the promise settles first, its outcome counts, and no listener is left', async () => {
  const { signal } = new AbortController();
  assert.equal(await raceAbort(Promise.resolve(1), signal), 1);
  await assert.rejects(raceAbort(Promise.reject(new Error('its own')), signal), /its own/);
  assert.equal(listenersOf(signal), 0);
});

test('if the signal aborts first, its reason is the rejection', async () => {
  const controller = new AbortController();
  const raced = raceAbort(never, controller.signal);
  assert.equal(listenersOf(controller.signal), 1);
  controller.abort(new Error('given up'));
  await assert.rejects(raced, /given up/);
  assert.equal(listenersOf(controller.signal), 0);
});

test('an aborted signal rejects at once, and a later failure of the promise is handled', async () => {
  const signal = AbortSignal.abort(new Error('given up'));
  const failing = new Promise((_, reject) => setImmediate(() => reject(new Error('late'))));
  await assert.rejects(raceAbort(failing, signal), /given up/);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(listenersOf(signal), 0);
});

test('an action is called once; at once if the signal has already aborted; not after it was removed', () => {
  const calls: string[] = [];
  const controller = new AbortController();
  onAbort(controller.signal, () => calls.push('later'));
  onAbort(controller.signal, () => calls.push('taken back'))();
  controller.abort();
  onAbort(controller.signal, () => calls.push('at once'));
  assert.deepEqual(calls, ['later', 'at once']);
});
