import type { SafePath } from '../core/path.ts';
import type { ProgramPlan } from '../core/plan.ts';
import type { SourceFile } from '../core/request.ts';
import type { Execution } from '../core/result.ts';
import { type CheckerVerdict, checkerVerdictOf, checkerVerdictOfFailure, messageIn } from './checker-verdict.ts';
import type { PlannedTest } from './plan.ts';
import type { ProgramSandbox } from './program-sandbox.ts';
import { type TestRunner, verdictBeforeJudging } from './test-runner.ts';

/** Runs the program and then the checker on its output. */
export function checking(program: ProgramSandbox, checker: ProgramSandbox, plan: ProgramPlan): TestRunner {
  return async (test) => {
    const execution = await program.execute(test.command);
    const verdict = verdictBeforeJudging(execution);
    if (verdict !== undefined) return { execution, verdict };
    const checked = checker.execute(plan.run, [...judgeFiles(test), file('output', execution.stdout.bytes)]);
    return { execution, ...(await checked.then(verdictOfChecker, checkerVerdictOfFailure)) };
  };
}

/** The message is on standard output or, as with testlib's checkers, on standard error. */
function verdictOfChecker(checker: Execution): CheckerVerdict {
  return checkerVerdictOf(checker, messageIn(checker.stdout, checker.stderr));
}

/** The files that every checker and interactor finds in its working directory. */
export function judgeFiles({ stdin, expected }: PlannedTest): SourceFile[] {
  return [file('input', stdin), file('expected', expected ?? Buffer.alloc(0))];
}

function file(name: string, content: Uint8Array): SourceFile {
  return { path: name as SafePath, content };
}
