import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { CompileCache, type Found, type Wanted } from '../../src/compile-cache/compile-cache.ts';
import type { Compiled } from '../../src/compile-cache/compiled.ts';
import { ArtefactStore } from '../../src/compile-cache/store.ts';
import type { Fate } from '../../src/core/result.ts';
import { eventually } from '../eventually.ts';
import { MEBIBYTE } from '../fixtures.ts';
import { compiled, freshFolder, keyOf } from './entries.ts';

const NEVER = new AbortController().signal;

/** A compile phase that the test controls. */
class Making {
  count = 0;
  readonly #ends: Array<{ resolve: (made: Compiled) => void; reject: (error: unknown) => void }> = [];

  readonly make = (): Promise<Compiled> => {
    this.count += 1;
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
  };

  async begun(count: number): Promise<void> {
    await eventually(() => assert.equal(this.count, count));
  }

  end(nth: number, made: Compiled): void {
    this.#ends[nth]?.resolve(made);
  }

  lose(nth: number): void {
    this.#ends[nth]?.reject(new Error('lost'));
  }
}

function setting() {
  const directory = freshFolder();
  const newStore = () =>
    new ArtefactStore({ directory, maxBytes: 64 * MEBIBYTE, onError: (error) => assert.fail(String(error)) });
  const store = newStore();
  const cache = new CompileCache(store, 64 * MEBIBYTE);
  const making = new Making();
  const wanted = (changes: Partial<Wanted> = {}): Wanted => ({
    key: keyOf('a'),
    sharedKey: 'a',
    make: making.make,
    signal: NEVER,
    ...changes,
  });
  const successor = () => new CompileCache(newStore(), 64 * MEBIBYTE);
  return { cache, store, making, wanted, successor };
}

const MADE = compiled(Buffer.from('program'), { stderr: 'a warning' });
const REFUSED = compiled(undefined, { fate: { status: 'completed', exitCode: 1 }, stderr: 'syntax error' });

for (const [what, made] of Object.entries({ 'a program': MADE, 'a compile failure': REFUSED })) {
  test(`${what} is compiled once and found again, also by a later process`, async () => {
    const { cache, store, making, wanted, successor } = setting();
    const first = cache.obtain(wanted());
    await making.begun(1);
    making.end(0, made);
    assert.deepEqual(await first, { compiled: made, cached: false });
    assert.deepEqual(await cache.obtain(wanted()), { compiled: made, cached: true });
    await store.settle();
    assert.deepEqual(await successor().obtain(wanted()), { compiled: made, cached: true });
    assert.equal(making.count, 1);
  });
}

test('a cached compile failure expires', async () => {
  const { cache, making, wanted } = setting();
  const first = cache.obtain(wanted());
  await making.begun(1);
  making.end(0, { ...REFUSED, madeAtMs: Date.now() - 11 * 60_000 });
  await first;
  const second = cache.obtain(wanted());
  await making.begun(2);
  making.end(1, MADE);
  assert.equal((await second).cached, false);
});

const CUT_SHORT: Fate[] = [
  { status: 'timed_out' },
  { status: 'out_of_memory' },
  { status: 'output_limit_exceeded' },
  { status: 'signaled', signal: 9 },
  { status: 'completed', exitCode: 137 },
  { status: 'completed', exitCode: 126 },
];
for (const fate of CUT_SHORT) {
  test(`a compile phase that was cut short is not cached or shared: ${JSON.stringify(fate)}`, async () => {
    const { cache, store, making, wanted, successor } = setting();
    const runs = [cache.obtain(wanted()), cache.obtain(wanted())];
    await making.begun(1);
    making.end(0, compiled(undefined, { fate }));
    assert.equal((await runs[0])?.cached, false);
    await making.begun(2);
    making.end(1, compiled(undefined, { fate }));
    assert.equal((await runs[1])?.cached, false, 'the run that waited compiled for itself');
    await store.settle();
    const third = successor().obtain(wanted());
    await making.begun(3);
    making.end(2, MADE);
    assert.equal((await third).cached, false, 'and so did the later run');
  });
}

test('a program whose artefact cannot be cached is compiled each time', async () => {
  const { cache, making, wanted } = setting();
  for (let nth = 0; nth < 2; nth += 1) {
    const found = cache.obtain(wanted());
    await making.begun(nth + 1);
    making.end(nth, compiled(undefined));
    assert.equal((await found).cached, false);
  }
});

describe('at the same time', () => {
  async function many(count: number): Promise<{ making: Making; founds: Promise<Found>[] }> {
    const { cache, making, wanted } = setting();
    const founds = Array.from({ length: count }, () => cache.obtain(wanted()));
    await making.begun(1);
    return { making, founds };
  }

  test('runs of the same program share one compilation', async () => {
    const { making, founds } = await many(10);
    making.end(0, MADE);
    const cached = (await Promise.all(founds)).map((found) => found.cached);
    assert.deepEqual(cached, [false, ...Array(9).fill(true)]);
    assert.equal(making.count, 1);
  });

  test('if the run that compiles is lost, another one takes over', async () => {
    const { making, founds } = await many(5);
    making.lose(0);
    await assert.rejects(founds[0] ?? assert.fail(), /lost/);
    await making.begun(2);
    making.lose(1);
    await assert.rejects(founds[1] ?? assert.fail(), /lost/);
    await making.begun(3);
    making.end(2, MADE);
    const rest = await Promise.all(founds.slice(2));
    assert.deepEqual(
      rest.map(({ cached }) => cached),
      [false, true, true],
    );
    assert.equal(making.count, 3);
  });

  test('a cancelled run leaves at once, and the others still wait', async () => {
    const { cache, making, wanted } = setting();
    const first = cache.obtain(wanted());
    await making.begun(1);
    const client = new AbortController();
    const [second, third] = [cache.obtain(wanted({ signal: client.signal })), cache.obtain(wanted())];
    await tick();
    client.abort(new Error('gone'));
    await assert.rejects(second, /gone/);
    await assert.rejects(cache.obtain(wanted({ signal: client.signal })), /gone/);
    making.end(0, MADE);
    assert.equal((await first).cached, false);
    assert.equal((await third).cached, true);
  });

  test('no run waits for a run with a smaller time or CPU limit', async () => {
    const { cache, store, making, wanted } = setting();
    const slow = cache.obtain(wanted({ sharedKey: 'slow' }));
    await making.begun(1);
    const fast = cache.obtain(wanted({ sharedKey: 'fast' }));
    await making.begun(2);
    making.end(1, MADE);
    assert.equal((await fast).cached, false);
    await store.settle();
    assert.equal((await cache.obtain(wanted({ sharedKey: 'slow' }))).cached, true);
    making.end(0, MADE);
    await slow;
  });
});
