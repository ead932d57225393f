import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Logger } from 'pino';
import { Metrics } from '../../src/observability/metrics.ts';
import { createPoolObserver } from '../../src/observability/pool-observer.ts';

test('the cause of a failed creation is logged, repetitions are not logged at once, and each is counted', async () => {
  let now = 1000;
  const clock = mock.method(performance, 'now', () => now);
  const lines: [string, string][] = [];
  const warn = ({ image, err }: { image: string; err: Error }) => lines.push([image, err.message]);
  const metrics = new Metrics();
  const observer = createPoolObserver({ warn } as unknown as Logger, metrics);
  try {
    for (let n = 0; n < 50; n += 1) observer.creationFailed('code-runner-go', new Error('no space'));
    observer.creationFailed('code-runner-python', new Error('no space'));
    observer.creationFailed('code-runner-go', new Error('no network'));
    assert.deepEqual(lines, [
      ['code-runner-go', 'no space'],
      ['code-runner-python', 'no space'],
      ['code-runner-go', 'no network'],
    ]);
    now += 60_000;
    observer.creationFailed('code-runner-go', new Error('no space'));
    assert.equal(lines.length, 4);
  } finally {
    clock.mock.restore();
  }
  const text = await metrics.render();
  assert.match(text, /code_runner_sandboxes_total\{image="code-runner-go",event="failed"\} 52\n/);
  assert.match(text, /code_runner_engine_errors_total 53\n/);
});
