import type { Command } from '../run/command.ts';
import type { Comparison } from '../run/comparison.ts';
import type { Judge, Judging, ProgramRequest, TestCase } from '../run/request.ts';
import { type ProgramPlan, planProgram, runCommand } from './plan.ts';
import type { Runtime } from './registry.ts';

/** What judging a program will do, once it is ready in its sandbox. */
export interface JudgingPlan {
  readonly tests: readonly PlannedTest[];
  readonly judge: JudgePlan;
  readonly stopsOnFailure: boolean;
  readonly answerBytes: number;
}

export interface PlannedTest extends TestCase {
  readonly command: Command;
}

export type JudgePlan =
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'checker' | 'interactor'; readonly program: ProgramPlan };

/** The runtimes of the judged program and, where there is one, of the judge's own. */
export interface JudgingRuntimes {
  readonly program: Runtime;
  readonly judge: Runtime | undefined;
}

/** Turns a request's tests into a plan. Throws `invalid_request` as `planProgram` does. */
export function planJudging(request: ProgramRequest, judging: Judging, runtimes: JudgingRuntimes): JudgingPlan {
  return {
    ...judging,
    tests: judging.tests.map((test) => ({ ...test, command: testCommand(request, test, runtimes.program) })),
    judge: planJudge(judging.judge, runtimes.judge),
  };
}

function testCommand(request: ProgramRequest, test: TestCase, runtime: Runtime): Command {
  const { args, stdin, timeoutMs, cpuTimeoutMs } = test;
  return runCommand({ ...request, args, stdin, limits: { ...request.limits, timeoutMs, cpuTimeoutMs } }, runtime);
}

function planJudge(judge: Judge, runtime: Runtime | undefined): JudgePlan {
  if (judge.kind === 'comparison') return judge;
  if (runtime === undefined) throw new Error('a judge without a runtime');
  return { kind: judge.kind, program: planProgram(judge.program, runtime) };
}
