import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunStream } from './run-stream.ts';
import { Service } from './service.ts';

/** From the program's write to the client. */
const WITHIN_MS = 10;

test('output reaches the client within 10 ms', async () => {
  await using service = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=1' });
  const code = 'import time\nfor _ in range(25): print(time.time() * 1000, flush=True); time.sleep(0.04)';
  const { received } = await RunStream.run(service, { code });
  const delaysMs = received.flatMap(({ event, data, atMs }) =>
    event === 'stdout' ? [atMs - Number(data['text'])] : [],
  );
  assert.equal(delaysMs.length, 25, 'each line is an event');
  const sorted = delaysMs.toSorted((a, b) => a - b);
  console.log(
    `median ${sorted[12]?.toFixed(2)} ms, first ${delaysMs[0]?.toFixed(2)} ms, largest ${sorted[24]?.toFixed(2)} ms`,
  );
  assert.ok((sorted[12] ?? WITHIN_MS) < WITHIN_MS, `${sorted.map((ms) => ms.toFixed(1))}`);
});
