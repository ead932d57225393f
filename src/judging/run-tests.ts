import { errorOf } from '../core/find-error.ts';
import type { Judgement, TestResult } from '../core/result.ts';
import { type Verdict, verdictOfRun } from '../core/verdict.ts';
import { OutputBudget } from './output-budget.ts';
import type { PlannedTest, TestSuitePlan } from './plan.ts';
import type { TestRunner } from './test-runner.ts';

/** Runs the tests in order. */
export async function runTests(plan: TestSuitePlan, runTest: TestRunner): Promise<Judgement> {
  const budget = new OutputBudget(plan.responseBytes, plan.tests.length);
  const tests: TestResult[] = [];
  const runOne = async (test: PlannedTest) => {
    const { verdict, message, execution } = await runTest(test);
    const error = errorOf(execution, plan.errors);
    return { name: test.name, verdict, message, execution: budget.keep(execution), error };
  };
  let isOver = false;
  for (const test of plan.tests) {
    const result: TestResult = isOver ? notRun(test, 'skipped') : await runOne(test);
    isOver ||= plan.stopsOnFailure && result.verdict !== 'accepted';
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
