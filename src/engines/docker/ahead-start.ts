import type { AheadCommand, Command } from '../../core/command.ts';
import { hasInput } from '../../init-protocol/command-fields.ts';
import type { Session } from '../../init-protocol/session.ts';

/** A run that arrives sooner starts in the ordinary way: the machine is busy, and the CPU time is better spent on the runs. */
const WAIT_MS = 20;

/** Starts the interpreter in each sandbox of a container while it waits, as the last run there had use for it: runs of a tenant are often alike. */
export class AheadStart {
  readonly #shape: string;
  #command: AheadCommand;
  #timer: NodeJS.Timeout | undefined;
  #isUseful = true;

  constructor(command: AheadCommand) {
    this.#shape = shapeOf(command);
    this.#command = command;
  }

  /** A sandbox waits for its run from now on. */
  waits(session: Session): void {
    if (this.#isUseful) this.#timer = setTimeout(() => session.startAhead(this.#command), WAIT_MS).unref();
  }

  /** Its run has come. */
  stopWaiting(): void {
    clearTimeout(this.#timer);
  }

  /** The run executes this. */
  learn(command: Command): void {
    this.#isUseful = !command.needsOwnStart && shapeOf(command) === this.#shape;
    this.#command = { ...this.#command, hasInput: hasInput(command) };
  }
}

function shapeOf({ argv, environment }: Pick<Command, 'argv' | 'environment'>): string {
  return JSON.stringify([argv, environment]);
}
