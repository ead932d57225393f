import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Part, Parts } from '../../src/bootstrap/parts.ts';

/** Parts that record their calls, and the failures that were reported. */
function setting(changes: Record<string, Partial<Part>> = {}) {
  const asked: string[] = [];
  const failures: unknown[] = [];
  const parts = ['first', 'second', 'third'].map(
    (name): Part => ({
      name,
      start: async () => {
        asked.push(`start ${name}`);
      },
      stop: async () => {
        asked.push(`stop ${name}`);
      },
      ...changes[name],
    }),
  );
  return { asked, failures, parts: new Parts(parts, (part, error) => failures.push([part, error])) };
}

const fail = () => Promise.reject(new Error('no'));

test('parts start in order and stop in reverse', async () => {
  const { asked, failures, parts } = setting();
  await parts.start();
  assert.equal(await parts.stop(), true);
  assert.deepEqual(asked, ['start first', 'start second', 'start third', 'stop third', 'stop second', 'stop first']);
  assert.deepEqual(failures, []);
});

test('if a part does not start, those before it are stopped and the failure is thrown', async () => {
  for (const start of [
    fail,
    () => {
      throw new Error('no');
    },
  ]) {
    const { asked, parts } = setting({ third: { start } });
    await assert.rejects(parts.start(), /^Error: no$/);
    assert.deepEqual(asked, ['start first', 'start second', 'stop second', 'stop first']);
  }
});

test('a part that fails to stop is reported and does not keep others from stopping', async () => {
  const { asked, failures, parts } = setting({ second: { stop: fail } });
  await parts.start();
  assert.equal(await parts.stop(), false);
  assert.deepEqual(asked.slice(3), ['stop third', 'stop first']);
  assert.deepEqual(failures, [['second', new Error('no')]]);
});

test('a part may have neither start nor stop', async () => {
  const parts = new Parts([{ name: 'idle' }], assert.fail);
  await parts.start();
  assert.equal(await parts.stop(), true);
});
