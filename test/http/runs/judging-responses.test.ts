import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement, RunResult } from '../../../src/core/result.ts';
import { runResponseSchema } from '../../../src/http/runs/run-response-schema.ts';
import { compilation, compileFailed, execution, runResult } from '../../fixtures.ts';
import { harness, post } from '../harness.ts';

async function answer(result: RunResult, fields: Record<string, unknown> = {}) {
  const { app } = harness({ run: async () => result });
  const response = await app.request('/run', post({ code: 'x', tests: [{}], ...fields }));
  assert.equal(response.status, 200);
  return runResponseSchema.parse(await response.json());
}

const PANIC = { type: 'panic', message: 'no', file: 'main.go', line: 3, column: null, traceback: 'panic: no' };

test('the response of a plain run has neither verdict nor tests', async () => {
  const body = await answer(runResult());
  assert.ok(!('verdict' in body) && !('tests' in body));
});

test('the response of a judged run has the result of every test, with nulls if it was not run', async () => {
  const crashed = execution({ fate: { status: 'signaled', signal: 11 }, stdout: 'a', stderr: Buffer.from([0xff]) });
  const judgement: Judgement = {
    verdict: 'runtime_error',
    tests: [
      { name: 'first', verdict: 'runtime_error', message: undefined, execution: crashed, error: PANIC },
      {
        name: undefined,
        verdict: 'wrong_answer',
        message: 'no',
        execution: execution({ stdout: 'b', truncated: true }),
        error: null,
      },
      { name: undefined, verdict: 'skipped', message: undefined, execution: undefined, error: null },
    ],
  };
  const body = await answer({ ...runResult(crashed), judgement });
  assert.deepEqual([body.verdict, body.status, body.exit_code, body.stdout], ['runtime_error', 'signaled', 139, 'a']);
  const usage = { wall_ms: 12.35, cpu_ms: 10.9, memory_peak_bytes: 9_437_184 };
  const whole = { stdout_truncated: false, stderr_truncated: false, invalid_utf8: false };
  assert.deepEqual(body.tests, [
    {
      name: 'first',
      verdict: 'runtime_error',
      message: null,
      status: 'signaled',
      exit_code: 139,
      signal: 'SIGSEGV',
      stdout: 'a',
      stderr: '\ufffd',
      ...whole,
      invalid_utf8: true,
      error: PANIC,
      usage,
    },
    {
      name: null,
      verdict: 'wrong_answer',
      message: 'no',
      status: 'completed',
      exit_code: 0,
      signal: null,
      stdout: 'b',
      stderr: '',
      ...whole,
      stdout_truncated: true,
      stderr_truncated: true,
      error: null,
      usage,
    },
    {
      name: null,
      verdict: 'skipped',
      message: null,
      status: null,
      exit_code: null,
      signal: null,
      stdout: '',
      stderr: '',
      ...whole,
      error: null,
      usage: null,
    },
  ]);
  const lossless = await answer({ ...runResult(crashed), judgement }, { output_encoding: 'base64' });
  assert.deepEqual([lossless.tests?.[0]?.stderr, lossless.tests?.[0]?.invalid_utf8], ['/w==', false]);
});

test('a program that does not compile', async () => {
  const failed = compileFailed(compilation({ fate: { status: 'completed', exitCode: 2 }, stderr: 'no main' }));
  const test = {
    name: undefined,
    verdict: 'compile_error',
    message: undefined,
    execution: undefined,
    error: null,
  } as const;
  const body = await answer({ ...failed, judgement: { verdict: 'compile_error', tests: [test] } });
  assert.deepEqual([body.status, body.stderr, body.verdict], ['compile_failed', 'no main', 'compile_error']);
  assert.deepEqual([body.tests?.[0]?.verdict, body.tests?.[0]?.status], ['compile_error', null]);
});
