import { RunnerError } from '../core/errors.ts';
import type { ProgramPlan } from '../core/plan.ts';
import { type Judgement, succeeded } from '../core/result.ts';
import { checking } from './checker.ts';
import { messageIn } from './checker-verdict.ts';
import { interacting } from './interactor.ts';
import type { TestSuitePlan } from './plan.ts';
import { type Prepare, type Prepared, ProgramSandbox } from './program-sandbox.ts';
import { runTests } from './run-tests.ts';
import type { TestFeed } from './test-feed.ts';
import { comparing, type TestRunner } from './test-runner.ts';

export interface JudgingOptions {
  readonly plan: TestSuitePlan;
  readonly program: ProgramPlan;
  /** The program's sandbox, with the program compiled in it. */
  readonly prepared: Prepared;
  readonly prepare: Prepare;
  readonly feed: TestFeed;
}

/**
 * Judges a program by its tests. Rejects with `RunnerError`: `invalid_request` if the checker or interactor does not compile, or
 * another code if no sandbox is available.
 */
export async function judgeProgram(options: JudgingOptions): Promise<Judgement> {
  return runTests(options.plan, await createTestRunner(options), options.feed);
}

async function createTestRunner({ plan, program, prepared, prepare }: JudgingOptions): Promise<TestRunner> {
  const judged = new ProgramSandbox(program, prepared, prepare);
  if (plan.judge.kind === 'comparison') return comparing(judged, plan.judge.comparison);
  const { kind, program: judgePlan } = plan.judge;
  const own = await prepare(judgePlan);
  requireCompiled(kind, own);
  const testing = kind === 'checker' ? checking : interacting;
  return testing(judged, new ProgramSandbox(judgePlan, own, prepare), judgePlan);
}

function requireCompiled(kind: 'checker' | 'interactor', { compile }: Prepared): void {
  if (!compile || succeeded(compile)) return;
  const detail = `The ${kind} does not compile: ${messageIn(compile.stderr, compile.stdout) ?? compile.fate.status}`;
  throw new RunnerError('invalid_request', detail, {
    violations: [{ field: [kind, 'code'], message: 'does not compile', kind: 'invalid' }],
  });
}
