import type { Command } from '../core/command.ts';
import type { ProgramPlan } from '../core/plan.ts';
import { type Execution, verdictOfEnd } from '../core/result.ts';
import { judgeFiles } from './checker.ts';
import { checkerVerdictOf, messageIn } from './checker-verdict.ts';
import type { PlannedTest } from './plan.ts';
import { type ProgramSandbox, retryWithNewSandboxes } from './program-sandbox.ts';
import { StdioPipe } from './stdio-pipe.ts';
import type { Outcome, TestRunner } from './test-runner.ts';

/** The interactor may run this much longer than the program, so that in a deadlock the program reaches its limit first. */
const LONGER_MS = 5000;

/** How the program and the interactor ended, and whether the interactor ended first. */
interface Conversation {
  readonly program: Execution;
  readonly interactor: Execution;
  readonly didInteractorLeave: boolean;
}

/** Connects the program and the interactor: the standard output of each is the standard input of the other. */
export function interacting(program: ProgramSandbox, interactor: ProgramSandbox, plan: ProgramPlan): TestRunner {
  return (test) =>
    retryWithNewSandboxes([program, interactor], async () => {
      await Promise.all([program.renew(), interactor.renew()]);
      return outcomeOf(await converse(program, interactor, { test, plan }));
    });
}

/** Starts both at once. When one ends, the other reads end-of-file. */
async function converse(
  program: ProgramSandbox,
  interactor: ProgramSandbox,
  { test, plan }: { test: PlannedTest; plan: ProgramPlan },
): Promise<Conversation> {
  const toProgram = new StdioPipe();
  const toInteractor = new StdioPipe();
  let first: ProgramSandbox | undefined;
  const ending = (side: ProgramSandbox, pipe: StdioPipe) => (execution: Execution) => {
    first ??= side;
    pipe.end();
    return execution;
  };
  const longer = { ...plan.run, wallMs: test.command.wallMs + LONGER_MS };
  const [programExecution, interactorExecution] = await Promise.all([
    program.start(talking(test.command, toProgram, toInteractor)).then(ending(program, toInteractor)),
    interactor.start(talking(longer, toInteractor, toProgram), judgeFiles(test)).then(ending(interactor, toProgram)),
  ]);
  return { program: programExecution, interactor: interactorExecution, didInteractorLeave: first === interactor };
}

/**
 * Whoever follows the program does not hold it up. Everything that one side prints must reach the other, so a side that exceeds its output limit is killed. If one side does not read, the
 * other blocks as on a full pipe. Its wall clock stops meanwhile, so `listenerTimeoutMs` limits how long it may block.
 */
function talking(command: Command, from: StdioPipe, to: StdioPipe): Command {
  return {
    ...command,
    stdin: from,
    onOutput: (stream, bytes) => {
      void command.onOutput?.(stream, bytes);
      return stream === 'stdout' ? to.write(bytes) : undefined;
    },
    listenerTimeoutMs: command.wallMs,
    outputKillBytes: command.outputBytes + 1,
  };
}

/**
 * If the interactor ended first and did not accept, its verdict counts: what the program does without its partner is not the program's
 * fault. Otherwise the program must end well, and then the interactor's verdict counts.
 */
function outcomeOf({ program, interactor, didInteractorLeave }: Conversation): Outcome {
  const judged = checkerVerdictOf(interactor, messageIn(interactor.stderr));
  const hasDecided = didInteractorLeave && judged.verdict !== 'accepted';
  const ownFault = hasDecided ? undefined : verdictOfEnd(program.fate);
  return { execution: program, ...judged, ...(ownFault === undefined ? {} : { verdict: ownFault }) };
}
