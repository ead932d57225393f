import type { Command } from '../core/command.ts';
import type { Evaluator, ProgramRequest, TestCase, TestSuite } from '../core/request.ts';
import type { EvaluatorPlan, TestSuitePlan } from '../judging/plan.ts';
import type { Runtime } from '../runtimes/registry.ts';
import { planProgram, runCommand } from './plan.ts';

/** The runtimes of the judged program and of its checker or interactor, if there is one. */
export interface TestSuiteRuntimes {
  readonly program: Runtime;
  readonly judge: Runtime | undefined;
}

/** Turns a request's tests into a plan. Throws `invalid_request` as `planProgram` does. */
export function planTestSuite(request: ProgramRequest, judging: TestSuite, runtimes: TestSuiteRuntimes): TestSuitePlan {
  const command = runCommand({ ...request, args: [] }, runtimes.program);
  return {
    ...judging,
    tests: judging.tests.map((test) => ({ ...test, command: testCommand(command, test) })),
    judge: planEvaluator(judging.judge, runtimes.judge),
    errors: runtimes.program.manifest.errors.run,
  };
}

function testCommand({ argv, ...command }: Command, test: TestCase): Command {
  const { args, stdin, timeoutMs, cpuTimeoutMs } = test;
  return { ...command, argv: [...argv, ...args], stdin, wallMs: timeoutMs, cpuMs: cpuTimeoutMs };
}

function planEvaluator(judge: Evaluator, runtime: Runtime | undefined): EvaluatorPlan {
  if (judge.kind === 'comparison') return judge;
  if (runtime === undefined) throw new Error('a checker or interactor without a runtime');
  return { kind: judge.kind, program: planProgram(judge.program, runtime) };
}
