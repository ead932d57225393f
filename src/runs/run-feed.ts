import type { Command } from '../core/command.ts';
import type { Compilation, Execution, SandboxOrigin, TestResult } from '../core/result.ts';
import type { Place, RunEvents } from '../core/run-events.ts';
import type { TestFeed } from '../judging/test-feed.ts';
import { PhaseFeed } from './phase-feed.ts';

/** A command with listeners that publish it as a phase of a run. */
export interface Followed<C extends Command = Command> {
  readonly command: C;
  /** The time of `performance.now()` at which the program began to execute; `undefined` if it has not. */
  readonly startedAt: number | undefined;
  /** Publishes what has not been published of the phase. */
  finish(execution: Execution): Promise<void>;
}

/** Publishes a run while it is in progress. */
export class RunFeed {
  readonly #events: RunEvents;
  readonly #sandbox: SandboxOrigin;

  constructor(events: RunEvents, sandbox: SandboxOrigin) {
    this.#events = events;
    this.#sandbox = sandbox;
  }

  /** Other runs may wait for the same compilation, so a slow reader does not hold it up. */
  compile<C extends Command>(command: C): Followed<C> {
    return this.#follow(command, { phase: 'compile', test: undefined }, false);
  }

  compiled(compilation: Compilation): void {
    void this.#events.publish({ kind: 'compiled', compilation });
  }

  run(command: Command): Followed {
    return this.#follow(command, { phase: 'run', test: undefined }, true);
  }

  /** The tests of a judged run. In an interactive one, the interactor waits for the program, so a slow reader does not hold it up. */
  tests(isInteractive: boolean): TestFeed {
    return {
      follow: (command, test) => this.#follow(command, { phase: 'run', test }, !isInteractive),
      ended: (result) => this.ended(result),
    };
  }

  ended(result: TestResult): void {
    void this.#events.publish({ kind: 'test', result });
  }

  #follow<C extends Command>(command: C, place: Place, holdsUp: boolean): Followed<C> {
    const feed = new PhaseFeed({ place, sandbox: this.#sandbox, events: this.#events, holdsUp });
    return {
      command: {
        ...command,
        onStart: () => feed.start(),
        onOutput: (stream, bytes) => feed.output(stream, bytes),
        onTruncated: (stream) => feed.truncate(stream),
        ...(holdsUp ? { listenerTimeoutMs: this.#events.mayHoldMs } : {}),
      },
      get startedAt() {
        return feed.startedAt;
      },
      finish: (execution) => feed.finish(execution),
    };
  }
}
