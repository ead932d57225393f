import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOf, type Fate, sizeOf, succeeded } from '../../src/core/result.ts';
import { execution, runResult } from '../fixtures.ts';

const EXIT_CODES: [Fate, number][] = [
  [{ status: 'completed', exitCode: 0 }, 0],
  [{ status: 'completed', exitCode: 124 }, 124],
  [{ status: 'completed', exitCode: 255 }, 255],
  [{ status: 'signaled', signal: 11 }, 139],
  [{ status: 'signaled', signal: 9 }, 137],
  [{ status: 'timed_out' }, -1],
  [{ status: 'out_of_memory' }, 137],
  [{ status: 'output_limit_exceeded' }, 137],
];

test('exit codes in the response', () => {
  for (const [fate, code] of EXIT_CODES) assert.equal(exitCodeOf(fate), code, JSON.stringify(fate));
});

test('only a program that completed with 0 has succeeded', () => {
  for (const [fate] of EXIT_CODES) {
    assert.equal(succeeded(execution({ fate })), fate.status === 'completed' && fate.exitCode === 0);
  }
});

test('the size of a result counts output, tracebacks and files, and an execution only once', () => {
  const run = execution({ stdout: 'abc', stderr: 'de' });
  const error = { type: 'E', message: '', file: null, line: null, column: null, traceback: 'trace' };
  const collected = { files: [{ path: Buffer.from('f'), content: Buffer.from('file') }], omitted: [] };
  assert.equal(sizeOf(runResult(run, { error, collected })), 5 + 5 + 4);
  const tests = [{ name: undefined, verdict: 'runtime_error', message: undefined, execution: run, error } as const];
  assert.equal(sizeOf(runResult(run, { error, judgement: { verdict: 'runtime_error', tests } })), 5 + 2 * 5);
});
