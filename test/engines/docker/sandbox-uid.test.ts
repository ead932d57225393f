import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SandboxUids } from '../../../src/engines/docker/sandbox-uid.ts';

/** As many as `runtimes/base/Dockerfile` gives a name. */
const FIRST_UID = 100_000;
const UIDS = 4096;

function take(uids: SandboxUids, count: number): number[] {
  return Array.from({ length: count }, () => uids.take());
}

test('no two sandboxes have the same uid, and every uid is one that the images know', () => {
  const taken = take(new SandboxUids(), UIDS);
  assert.equal(new Set(taken).size, UIDS);
  assert.deepEqual([Math.min(...taken), Math.max(...taken)], [FIRST_UID, FIRST_UID + UIDS - 1]);
});

test('a uid that was given back is taken again, but not at once', () => {
  const uids = new SandboxUids();
  const [first = 0] = take(uids, 10);
  uids.giveBack(first);
  assert.ok(!take(uids, UIDS - 10).includes(first), 'all others come first');
  assert.equal(uids.take(), first);
});

test('uids that live long are passed over when the others have gone round', () => {
  const uids = new SandboxUids();
  const held = take(uids, 3);
  for (let turn = 0; turn < 2 * UIDS; turn += 1) {
    const uid = uids.take();
    assert.ok(!held.includes(uid));
    uids.giveBack(uid);
  }
});

test('with more sandboxes than uids, the one that was taken longest ago is shared', () => {
  const uids = new SandboxUids();
  const taken = take(uids, UIDS);
  assert.deepEqual(take(uids, 3), taken.slice(0, 3));
});
