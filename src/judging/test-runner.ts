import type { Comparison } from '../core/request.ts';
import { type Execution, verdictOfEnd } from '../core/result.ts';
import type { Verdict } from '../core/verdict.ts';
import { agrees } from './comparison.ts';
import type { PlannedTest } from './plan.ts';
import type { ProgramSandbox } from './program-sandbox.ts';

/** The outcome of a test that was run. */
export interface Outcome {
  readonly execution: Execution;
  readonly verdict: Verdict;
  readonly message?: string | undefined;
}

/** Runs one test. */
export type TestRunner = (test: PlannedTest) => Promise<Outcome>;

/** Runs the program and compares its output. Without expected output, the program only has to exit with 0. */
export function comparing(program: ProgramSandbox, comparison: Comparison): TestRunner {
  return async ({ command, expected }) => {
    const execution = await program.execute(command);
    if (expected === undefined) return { execution, verdict: verdictOfEnd(execution.fate) ?? 'accepted' };
    const verdict = verdictBeforeJudging(execution);
    if (verdict !== undefined) return { execution, verdict };
    const isRight = await agrees(comparison, expected, execution.stdout.bytes);
    return { execution, verdict: isRight ? 'accepted' : 'wrong_answer' };
  };
}

/** The verdict if there is nothing to judge, because the program did not end well or its output was cut. */
export function verdictBeforeJudging({ fate, stdout }: Execution): Verdict | undefined {
  return verdictOfEnd(fate) ?? (stdout.truncated ? 'output_limit_exceeded' : undefined);
}
