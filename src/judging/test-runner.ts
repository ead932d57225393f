import type { Comparison } from '../core/request.ts';
import { type Execution, verdictOfEnd } from '../core/result.ts';
import type { Verdict } from '../core/verdict.ts';
import { agrees } from './comparison.ts';
import type { PlannedTest } from './plan.ts';
import type { ProgramSandbox } from './program-sandbox.ts';

/** What came of a test that took place. */
export interface Outcome {
  readonly execution: Execution;
  readonly verdict: Verdict;
  readonly message?: string | undefined;
}

/** Carries out one test. */
export type TestRunner = (test: PlannedTest) => Promise<Outcome>;

/** Runs the program and compares what it printed. Without anything to compare with, ending well is enough. */
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

/** The verdict that leaves nothing to judge: the program did not end well, or its output is not all there. */
export function verdictBeforeJudging({ fate, stdout }: Execution): Verdict | undefined {
  return verdictOfEnd(fate) ?? (stdout.truncated ? 'output_limit_exceeded' : undefined);
}
