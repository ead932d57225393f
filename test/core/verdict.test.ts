import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fate, verdictOfEnd } from '../../src/core/result.ts';
import { type Verdict, verdictOfRun } from '../../src/core/verdict.ts';

test('the verdict for every way to end', () => {
  const cases: [Fate, Verdict | undefined][] = [
    [{ status: 'completed', exitCode: 0 }, undefined],
    [{ status: 'completed', exitCode: 1 }, 'runtime_error'],
    [{ status: 'completed', exitCode: 124 }, 'runtime_error'],
    [{ status: 'signaled', signal: 11 }, 'runtime_error'],
    [{ status: 'timed_out' }, 'time_limit_exceeded'],
    [{ status: 'out_of_memory' }, 'memory_limit_exceeded'],
    [{ status: 'output_limit_exceeded' }, 'output_limit_exceeded'],
  ];
  for (const [fate, verdict] of cases) assert.equal(verdictOfEnd(fate), verdict, fate.status);
});

test("a run's verdict is the first that is not accepted", () => {
  assert.equal(verdictOfRun(['accepted', 'accepted']), 'accepted');
  assert.equal(verdictOfRun(['accepted', 'wrong_answer', 'runtime_error', 'skipped']), 'wrong_answer');
  assert.equal(verdictOfRun(['time_limit_exceeded', 'skipped']), 'time_limit_exceeded');
});
