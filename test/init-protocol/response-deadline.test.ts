import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResponseDeadline } from '../../src/init-protocol/response-deadline.ts';

/** Blocks this process. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function deadline() {
  const state = { isMissed: false };
  const subject = new ResponseDeadline(() => {
    state.isMissed = true;
  });
  return { subject, state };
}

async function missedWithin(state: { isMissed: boolean }, milliseconds: number): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (!state.isMissed && performance.now() < until) await sleep(5);
  return state.isMissed;
}

test('time in which this process is busy is not counted', async () => {
  const { subject, state } = deadline();
  subject.expectWithin(700);
  await sleep(150);
  block(400);
  await sleep(150);
  block(400);
  assert.equal(await missedWithin(state, 60), false);
  assert.equal(await missedWithin(state, 1000), true);
});

test('it fires soon after its time if the process is not busy', async () => {
  const { subject, state } = deadline();
  const startedAt = performance.now();
  subject.expectWithin(600);
  assert.equal(await missedWithin(state, 5000), true);
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs > 590 && tookMs < 900, `${tookMs} ms`);
});

test('a cleared or paused deadline does not fire', async () => {
  for (const stop of ['clear', 'pause'] as const) {
    const { subject, state } = deadline();
    subject.expectWithin(30);
    subject[stop]();
    assert.equal(await missedWithin(state, 100), false, stop);
  }
});
