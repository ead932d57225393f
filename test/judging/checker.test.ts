import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import type { Execution } from '../../src/core/result.ts';
import { checking } from '../../src/judging/checker.ts';
import { execution } from '../fixtures.ts';
import { Laboratory, PLAN, type Program, plannedTest } from './sandboxes.ts';

async function check(program: Execution, checker: Program) {
  const [judged, judge] = [new Laboratory({ program: () => program }), new Laboratory({ program: checker })];
  const tester = checking(await judged.programSandbox(), await judge.programSandbox(), PLAN);
  const outcome = await tester(plannedTest({ expected: Buffer.from('the expected') }));
  return { outcome, judged, judge };
}

function exit(exitCode: number, changes: { stdout?: string; stderr?: string } = {}): Program {
  return () => execution({ fate: { status: 'completed', exitCode }, ...changes });
}

test('the checker finds the files input, output and expected; the program does not', async () => {
  const { outcome, judged, judge } = await check(
    execution({ stdout: 'the output' }),
    exit(0, { stdout: 'well done\n' }),
  );
  assert.deepEqual([outcome.verdict, outcome.message], ['accepted', 'well done']);
  assert.deepEqual(judge.staged, [{ input: 'the input', expected: 'the expected', output: 'the output' }]);
  assert.deepEqual(judged.staged, []);
  assert.equal(outcome.execution.stdout.bytes.toString(), 'the output');
});

test("testlib's exit codes; any other end is the checker's own failure", async () => {
  for (const [code, verdict] of [
    [1, 'wrong_answer'],
    [2, 'wrong_answer'],
    [3, 'judge_failed'],
    [101, 'judge_failed'],
  ] as const) {
    assert.equal((await check(execution(), exit(code))).outcome.verdict, verdict);
  }
  for (const fate of [
    { status: 'timed_out' },
    { status: 'signaled', signal: 11 },
    { status: 'out_of_memory' },
    { status: 'output_limit_exceeded' },
  ] as const) {
    const { outcome } = await check(execution(), () => execution({ fate }));
    assert.deepEqual([outcome.verdict, outcome.message], ['judge_failed', fate.status]);
  }
});

test('the message: standard output, else standard error, else how it ended; cut to 4096 bytes', async () => {
  const messages = [
    [exit(1, { stdout: 'out', stderr: 'err' }), 'out'],
    [exit(1, { stderr: 'wrong answer, as testlib says it' }), 'wrong answer, as testlib says it'],
    [exit(1), undefined],
    [exit(9), 'exit code 9'],
    [exit(1, { stdout: 'x'.repeat(1_000_000) }), 'x'.repeat(4096)],
  ] as const;
  for (const [checker, message] of messages) {
    assert.equal((await check(execution(), checker)).outcome.message, message);
  }
});

test('a program that did not end well, or whose output was cut, is not checked', async () => {
  for (const [program, verdict] of [
    [execution({ fate: { status: 'timed_out' } }), 'time_limit_exceeded'],
    [execution({ truncated: true }), 'output_limit_exceeded'],
  ] as const) {
    const { outcome, judge } = await check(program, exit(0));
    assert.equal(outcome.verdict, verdict);
    assert.deepEqual(judge.staged, []);
  }
});

test('files that do not fit are judge_failed; an unavailable engine is an error, not a verdict', async () => {
  const full = new RunnerError('invalid_request', 'The files do not fit into the disk limit.');
  const { outcome } = await check(execution(), () => Promise.reject(full));
  assert.deepEqual([outcome.verdict, outcome.message], ['judge_failed', full.detail]);
  const away = new RunnerError('engine_unavailable', 'away');
  await assert.rejects(
    check(execution(), () => Promise.reject(away)),
    (error) => error === away,
  );
});
