import type { SafePath } from '../run/path.ts';
import type { SourceFile } from '../run/request.ts';
import type { Execution } from '../run/result.ts';
import type { PlannedTest } from '../runtimes/judging-plan.ts';
import type { ProgramPlan } from '../runtimes/plan.ts';
import { messageIn, type Opinion, opinionOf, opinionOfFailure } from './opinion.ts';
import type { ProgramSandbox } from './program-sandbox.ts';
import { type Tester, verdictBeforeJudging } from './tester.ts';

/** Runs the program, and asks the checker about what it printed. */
export function checking(program: ProgramSandbox, checker: ProgramSandbox, plan: ProgramPlan): Tester {
  return async (test) => {
    const execution = await program.execute(test.command);
    const verdict = verdictBeforeJudging(execution);
    if (verdict !== undefined) return { execution, verdict };
    const asking = checker.execute(plan.run, [...judgeFiles(test), file('output', execution.stdout.bytes)]);
    return { execution, ...(await asking.then(opinionOfChecker, opinionOfFailure)) };
  };
}

/** testlib's checkers say it on standard error. */
function opinionOfChecker(checker: Execution): Opinion {
  return opinionOf(checker, messageIn(checker.stdout, checker.stderr));
}

/** What every judge's program finds in its working directory. */
export function judgeFiles({ stdin, expected }: PlannedTest): SourceFile[] {
  return [file('input', stdin), file('expected', expected ?? Buffer.alloc(0))];
}

function file(name: string, content: Uint8Array): SourceFile {
  return { path: name as SafePath, content };
}
