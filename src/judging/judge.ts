import type { Judgement, TestResult } from '../run/result.ts';
import { type Verdict, verdictOfRun } from '../run/verdict.ts';
import type { JudgingPlan, PlannedTest } from '../runtimes/judging-plan.ts';
import { Allowance } from './allowance.ts';
import type { Tester } from './tester.ts';

/** Carries out the tests in their order. */
export async function judge(plan: JudgingPlan, tester: Tester): Promise<Judgement> {
  const allowance = new Allowance(plan.answerBytes, plan.tests.length);
  const tests: TestResult[] = [];
  let isOver = false;
  for (const test of plan.tests) {
    const result: TestResult = isOver ? notRun(test, 'skipped') : await carryOut(test, tester, allowance);
    isOver ||= plan.stopsOnFailure && result.verdict !== 'accepted';
    tests.push(result);
  }
  return { verdict: verdictOfRun(tests.map(({ verdict }) => verdict)), tests };
}

/** The judgement of a program that does not compile: so says every test. */
export function judgeUncompiled(plan: JudgingPlan): Judgement {
  return { verdict: 'compile_error', tests: plan.tests.map((test) => notRun(test, 'compile_error')) };
}

async function carryOut(test: PlannedTest, tester: Tester, allowance: Allowance): Promise<TestResult> {
  const { verdict, message, execution } = await tester(test);
  return { name: test.name, verdict, message, execution: allowance.keep(execution) };
}

function notRun({ name }: PlannedTest, verdict: Verdict): TestResult {
  return { name, verdict, message: undefined, execution: undefined };
}
