import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImageScans } from '../../src/sandbox/image-scans.ts';

/** An engine that counts its scans: each returns the number of those before it. */
function counting(scanMs = 20) {
  const engine = { scans: 0, failure: undefined as Error | undefined };
  const scans = new ImageScans(async () => {
    const scan = engine.scans++;
    await sleep(scanMs);
    if (engine.failure) throw engine.failure;
    return scan;
  });
  const heard: number[] = [];
  scans.onScan((scan) => heard.push(scan));
  return { engine, scans, heard };
}

test('all who ask during a scan share the next one, and every listener hears of each scan once', async () => {
  const { engine, scans, heard } = counting();
  const first = scans.fresh();
  await sleep(10);
  const later = await Promise.all([scans.fresh(), scans.fresh(), scans.fresh()]);
  assert.deepEqual([await first, later, engine.scans, heard], [0, [1, 1, 1], 2, [0, 1]]);
});

test('listeners have a scan before its callers do', async () => {
  const { scans, heard } = counting();
  await scans.fresh();
  assert.deepEqual(heard, [0]);
});

test('a failed scan reaches its callers, no listener, and no later caller', async () => {
  const { engine, scans, heard } = counting();
  engine.failure = new Error('away');
  await assert.rejects(scans.fresh(), { message: 'away' });
  engine.failure = undefined;
  assert.deepEqual([await scans.fresh(), heard], [1, [1]]);
});
