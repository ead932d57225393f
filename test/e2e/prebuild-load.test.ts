import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { build, removePrebuildsOf, startWithPrebuilds } from './prebuilds.ts';
import type { Service } from './service.ts';

const BUILDS = 10;
const SAMPLES = 25;
const MOST_TIMES_AS_LONG = 2;
/** Uses as much CPU time as it gets, and writes. */
const SCRIPT = 'timeout 2 sh -c "while :; do :; done" || true; head -c 50000000 /dev/urandom > /opt/data';

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Response times of consecutive runs in milliseconds. */
async function times(service: Service, isOver: () => boolean = () => false): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < SAMPLES && !isOver()) {
    const startedAt = performance.now();
    assert.equal((await service.run({ code: 'print(sum(range(100000)))' })).stdout, '4999950000\n');
    taken.push(performance.now() - startedAt);
  }
  return taken;
}

describe('ten builds at once', () => {
  let service: Service;
  before(async () => {
    service = await startWithPrebuilds();
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
    await removePrebuildsOf(service);
  });

  test(`keep runs within ${MOST_TIMES_AS_LONG} times their usual time`, async (context) => {
    await times(service);
    const usual = median(await times(service));
    let isOver = false;
    const building = Promise.all(
      Array.from({ length: BUILDS }, (_, i) =>
        build(service, { tag: `load-${Date.now()}-${i}`, setup_script: `${SCRIPT}; echo ${i}` }),
      ),
    ).finally(() => {
      isOver = true;
    });
    const during = await times(service, () => isOver);
    assert.equal(during.length, SAMPLES, 'the builds were running during every sample');
    const answers = await building;
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(BUILDS).fill(200),
    );
    context.diagnostic(`median ${usual.toFixed(1)} ms alone, ${median(during).toFixed(1)} ms during builds`);
    assert.ok(median(during) <= MOST_TIMES_AS_LONG * usual, `${median(during)} ms during builds, ${usual} ms alone`);
  });
});
