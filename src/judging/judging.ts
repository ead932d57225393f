import { RunnerError } from '../run/errors.ts';
import { type Judgement, succeeded } from '../run/result.ts';
import type { JudgingPlan } from '../runtimes/judging-plan.ts';
import type { ProgramPlan } from '../runtimes/plan.ts';
import { checking } from './checker.ts';
import { interacting } from './interactor.ts';
import { judge } from './judge.ts';
import { messageIn } from './opinion.ts';
import { type Prepare, type Prepared, ProgramSandbox } from './program-sandbox.ts';
import { comparing, type Tester } from './tester.ts';

export interface JudgingOptions {
  readonly plan: JudgingPlan;
  readonly program: ProgramPlan;
  /** The program's sandbox, in which it has compiled. */
  readonly prepared: Prepared;
  readonly prepare: Prepare;
}

/**
 * Judges a program by its tests. Rejects with `RunnerError`: `invalid_request` where the checker or interactor does not compile, and
 * when there is no sandbox to be had.
 */
export async function judgeProgram(options: JudgingOptions): Promise<Judgement> {
  return judge(options.plan, await createTester(options));
}

async function createTester({ plan, program, prepared, prepare }: JudgingOptions): Promise<Tester> {
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
    violations: [{ pointer: `/${kind}/code`, message: 'does not compile' }],
  });
}
