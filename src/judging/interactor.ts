import type { Command } from '../core/command.ts';
import type { ProgramPlan } from '../core/plan.ts';
import { type Execution, verdictOfEnd } from '../core/result.ts';
import { judgeFiles } from './checker.ts';
import { checkerVerdictOf, messageIn } from './checker-verdict.ts';
import type { PlannedTest } from './plan.ts';
import { type ProgramSandbox, withoutLoss } from './program-sandbox.ts';
import { StdioPipe } from './stdio-pipe.ts';
import type { Outcome, TestRunner } from './test-runner.ts';

/** How much longer than the program the interactor may run, so that in a deadlock it is the program that reaches its limit. */
const LONGER_MS = 5000;

/** How a program and an interactor have ended, and whether the interactor was the first. */
interface Conversation {
  readonly program: Execution;
  readonly interactor: Execution;
  readonly didInteractorLeave: boolean;
}

/** Lets the program and the interactor talk, the standard output of each being the standard input of the other. */
export function interacting(program: ProgramSandbox, interactor: ProgramSandbox, plan: ProgramPlan): TestRunner {
  return (test) =>
    withoutLoss([program, interactor], async () => {
      await Promise.all([program.renew(), interactor.renew()]);
      return outcomeOf(await converse(program, interactor, { test, plan }));
    });
}

/** Both start at once; when one ends, the other reads end-of-file. */
async function converse(
  program: ProgramSandbox,
  interactor: ProgramSandbox,
  { test, plan }: { test: PlannedTest; plan: ProgramPlan },
): Promise<Conversation> {
  const toProgram = new StdioPipe();
  const toInteractor = new StdioPipe();
  let first: ProgramSandbox | undefined;
  const ending = (side: ProgramSandbox, channel: StdioPipe) => (execution: Execution) => {
    first ??= side;
    channel.end();
    return execution;
  };
  const longer = { ...plan.run, wallMs: test.command.wallMs + LONGER_MS };
  const [said, judged] = await Promise.all([
    program.start(talking(test.command, toProgram, toInteractor)).then(ending(program, toInteractor)),
    interactor.start(talking(longer, toInteractor, toProgram), judgeFiles(test)).then(ending(interactor, toProgram)),
  ]);
  return { program: said, interactor: judged, didInteractorLeave: first === interactor };
}

/**
 * All that a side prints must reach the other: beyond its output limit it cannot go on. Where the other does not read, a side waits as
 * at a pipe that is full; its wall clock stands still meanwhile, so it waits no longer than it might have run.
 */
function talking(command: Command, from: StdioPipe, to: StdioPipe): Command {
  return {
    ...command,
    stdin: from,
    onOutput: (stream, bytes) => (stream === 'stdout' ? to.write(bytes) : undefined),
    listenerPatienceMs: command.wallMs,
    outputKillBytes: command.outputBytes + 1,
  };
}

/**
 * An interactor that leaves with anything but acceptance has decided: what becomes of a program that is left alone is not the
 * program's fault. Else the program must end well, and then the interactor's word counts.
 */
function outcomeOf({ program, interactor, didInteractorLeave }: Conversation): Outcome {
  const judged = checkerVerdictOf(interactor, messageIn(interactor.stderr));
  const hasDecided = didInteractorLeave && judged.verdict !== 'accepted';
  const ownFault = hasDecided ? undefined : verdictOfEnd(program.fate);
  return { execution: program, ...judged, ...(ownFault === undefined ? {} : { verdict: ownFault }) };
}
