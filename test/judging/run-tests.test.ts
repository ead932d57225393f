import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executionsOf, representativeTest } from '../../src/core/judgement.ts';
import type { Execution, Fate } from '../../src/core/result.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { OutputBudget } from '../../src/judging/output-budget.ts';
import type { TestSuitePlan } from '../../src/judging/plan.ts';
import { runTests, uncompiledJudgement } from '../../src/judging/run-tests.ts';
import { comparing } from '../../src/judging/test-runner.ts';
import { execution } from '../fixtures.ts';
import { Laboratory, plannedTest } from './sandboxes.ts';

const LINES = { kind: 'lines' } as const;

function planOf(expected: readonly (string | undefined)[], changes: Partial<TestSuitePlan> = {}): TestSuitePlan {
  return {
    tests: expected.map((text, index) =>
      plannedTest({ name: `test ${index}`, expected: text === undefined ? undefined : Buffer.from(text) }),
    ),
    judge: { kind: 'comparison', comparison: LINES },
    stopsOnFailure: false,
    responseBytes: 1000,
    errors: [],
    ...changes,
  };
}

/** Judges a program with these executions, in order. */
async function judged(plan: TestSuitePlan, executions: readonly Execution[]) {
  const laboratory = new Laboratory({ program: (_, nth) => executions[nth - 1] ?? execution() });
  const judgement = await runTests(plan, comparing(await laboratory.programSandbox(), LINES));
  return { judgement, laboratory };
}

test('every test has its verdict; the run has that of the first test that was not accepted', async () => {
  const ends: [Fate, string, Verdict][] = [
    [{ status: 'completed', exitCode: 0 }, 'right', 'accepted'],
    [{ status: 'timed_out' }, 'right', 'time_limit_exceeded'],
    [{ status: 'completed', exitCode: 0 }, 'wrong', 'wrong_answer'],
    [{ status: 'completed', exitCode: 1 }, 'right', 'runtime_error'],
    [{ status: 'signaled', signal: 6 }, 'right', 'runtime_error'],
    [{ status: 'out_of_memory' }, 'right', 'memory_limit_exceeded'],
    [{ status: 'output_limit_exceeded' }, 'right', 'output_limit_exceeded'],
  ];
  const plan = planOf(ends.map(() => 'right\n'));
  const { judgement } = await judged(
    plan,
    ends.map(([fate, stdout]) => execution({ fate, stdout })),
  );
  assert.deepEqual(
    judgement.tests.map(({ verdict }) => verdict),
    ends.map(([, , verdict]) => verdict),
  );
  assert.equal(judgement.verdict, 'time_limit_exceeded');
  assert.equal(representativeTest(judgement).execution.fate.status, 'timed_out');
  assert.equal(executionsOf(judgement).length, ends.length);
  assert.equal(judgement.tests[6]?.name, 'test 6');
});

test('cut output is output_limit_exceeded, unless nothing is expected; a failed program comes first', async () => {
  const cut = execution({ stdout: 'right', truncated: true });
  const crashed = execution({ truncated: true, fate: { status: 'completed', exitCode: 1 } });
  const { judgement } = await judged(planOf(['right', undefined, 'right', undefined]), [cut, cut, crashed, crashed]);
  assert.deepEqual(
    judgement.tests.map(({ verdict }) => verdict),
    ['output_limit_exceeded', 'accepted', 'runtime_error', 'runtime_error'],
  );
});

test('stop_on_failure: tests after the first one that was not accepted are skipped', async () => {
  const wrong = execution({ stdout: 'wrong' });
  const plan = planOf([undefined, 'right', undefined], { stopsOnFailure: true });
  const { judgement, laboratory } = await judged(plan, [wrong, wrong, wrong]);
  assert.deepEqual(
    judgement.tests.map(({ verdict, execution: done }) => [verdict, done !== undefined]),
    [
      ['accepted', true],
      ['wrong_answer', true],
      ['skipped', false],
    ],
  );
  assert.equal(judgement.verdict, 'wrong_answer');
  assert.equal(laboratory.log.filter((line) => line.startsWith('execute')).length, 2);
});

test('all accepted: the last test represents the run', async () => {
  const { judgement } = await judged(planOf([undefined, undefined]), [execution(), execution({ stdout: 'last' })]);
  assert.equal(judgement.verdict, 'accepted');
  assert.equal(representativeTest(judgement).execution.stdout.bytes.toString(), 'last');
});

test('a program that does not compile: every test is compile_error', () => {
  const judgement = uncompiledJudgement(planOf(['a', 'b']));
  assert.equal(judgement.verdict, 'compile_error');
  assert.deepEqual(
    judgement.tests.map(({ name, verdict }) => [name, verdict]),
    [
      ['test 0', 'compile_error'],
      ['test 1', 'compile_error'],
    ],
  );
});

test('expected output never reaches the sandbox, and input only when its test runs', async () => {
  const seen: string[] = [];
  const laboratory = new Laboratory({
    program: (command) => {
      seen.push(JSON.stringify({ ...command, stdin: Buffer.from(command.stdin as Uint8Array).toString() }));
      return execution();
    },
  });
  const plan = planOf(['secret 0', 'secret 1']);
  await runTests(plan, comparing(await laboratory.programSandbox(), LINES));
  assert.equal(seen.length, 2);
  assert.ok(!(seen.join() + JSON.stringify([laboratory.staged, laboratory.log])).includes('secret'));
});

test('each test keeps its share of the output budget, later tests get what is left, and the verdict uses the whole output', async () => {
  const plan = planOf([undefined, undefined, 'c'.repeat(900)], { responseBytes: 1000 });
  const long = execution({ stdout: 'c'.repeat(900), stderr: 'e'.repeat(900) });
  const { judgement } = await judged(plan, [long, execution({ stdout: 'short' }), long]);
  const kept = judgement.tests.map(({ execution: done }) => [done?.stdout.bytes.length, done?.stderr.bytes.length]);
  assert.deepEqual(kept, [
    [333, 0],
    [5, 0],
    [662, 0],
  ]);
  const marked = judgement.tests.map(({ execution: done }) => [done?.stdout.truncated, done?.stderr.truncated]);
  assert.deepEqual(marked, [
    [true, true],
    [false, false],
    [true, true],
  ]);
  assert.equal(judgement.verdict, 'accepted', 'it was compared before it was cut');
});

test('a hundred tests with maximum output stay within the budget, in memory too', () => {
  const allowance = new OutputBudget(1_000_000, 100);
  const kept = Array.from({ length: 100 }, () =>
    allowance.keep(execution({ stdout: Buffer.alloc(1_000_000), stderr: Buffer.alloc(1_000_000) })),
  );
  const bytes = kept.reduce((sum, { stdout, stderr }) => sum + stdout.bytes.length + stderr.bytes.length, 0);
  assert.ok(bytes <= 1_000_000 && bytes > 990_000, `${bytes}`);
  for (const { stdout } of kept) assert.ok(stdout.bytes.buffer.byteLength <= 20_000);
});
