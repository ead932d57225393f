import { errorOf } from '../core/find-error.ts';
import type { Judgement, TestResult } from '../core/result.ts';
import { type Verdict, verdictOfRun } from '../core/verdict.ts';
import { OutputBudget } from './output-budget.ts';
import type { PlannedTest, TestSuitePlan } from './plan.ts';
import { NO_TEST_FEED } from './test-feed.ts';
import type { TestRunner } from './test-runner.ts';

/** Runs the tests in order. */
export async function runTests(plan: TestSuitePlan, runTest: TestRunner, feed = NO_TEST_FEED): Promise<Judgement> {
  const budget = new OutputBudget(plan.responseBytes, plan.tests.length);
  const tests: TestResult[] = [];
  const runOne = async (test: PlannedTest, index: number) => {
    const { command, finish } = feed.follow(test.command, index);
    const { verdict, message, execution } = await runTest({ ...test, command });
    await finish(execution);
    const error = errorOf(execution, plan.errors);
    return { name: test.name, verdict, message, execution: budget.keep(execution), error };
  };
  let isOver = false;
  for (const [index, test] of plan.tests.entries()) {
    const result: TestResult = isOver ? notRun(test, 'skipped') : await runOne(test, index);
    isOver ||= plan.stopsOnFailure && result.verdict !== 'accepted';
    feed.ended(result);
    tests.push(result);
  }
  return { verdict: verdictOfRun(tests.map(({ verdict }) => verdict)), tests };
}

/** The judgement of a program that does not compile: every test gets `compile_error`. */
export function uncompiledJudgement(plan: TestSuitePlan): Judgement {
  return { verdict: 'compile_error', tests: plan.tests.map((test) => notRun(test, 'compile_error')) };
}

function notRun({ name }: PlannedTest, verdict: Verdict): TestResult {
  return { name, verdict, message: undefined, execution: undefined, error: null };
}
