import type { Command } from '../core/command.ts';
import { RunnerError } from '../core/errors.ts';
import type { ProgramPlan } from '../core/plan.ts';
import type { SourceFile } from '../core/request.ts';
import { type Execution, succeeded } from '../core/result.ts';
import type { Sandbox } from '../sandbox/ports.ts';

/** A sandbox with a program staged and compiled in it. */
export interface Prepared {
  readonly sandbox: Sandbox;
  readonly compile: Execution | null;
  release(): void;
}

/** Prepares a sandbox for a program. Called again if that sandbox is lost. */
export type Prepare = (plan: ProgramPlan) => Promise<Prepared>;

/**
 * A program in a sandbox that is restored to its original state for every execution. If a reset cannot be verified, the sandbox is
 * replaced. An execution cannot see any traces of earlier ones.
 * Methods reject with `RunnerError` if no sandbox is available.
 */
export class ProgramSandbox {
  readonly #plan: ProgramPlan;
  readonly #prepare: Prepare;
  /** `undefined` if the sandbox was lost and must be replaced. */
  #prepared: Prepared | undefined;
  #state: 'unsaved' | 'new' | 'used' = 'unsaved';

  /** `prepared` is a sandbox with the program compiled in it. */
  constructor(plan: ProgramPlan, prepared: Prepared, prepare: Prepare) {
    this.#plan = plan;
    this.#prepared = prepared;
    this.#prepare = prepare;
  }

  /** Resets the sandbox and executes a command, with these files in addition to the program's own. */
  execute(command: Command, files: readonly SourceFile[] = []): Promise<Execution> {
    return retryWithNewSandboxes([this], async () => {
      const sandbox = await this.#ready();
      // Both commands are sent at once, so that the program starts as soon as the reset is complete.
      const renewing = this.#renew(sandbox);
      const [execution] = await Promise.all([this.#start(sandbox, command, files), renewing]);
      return execution;
    });
  }

  /** Resets the sandbox only. Use it with `start` to begin several executions together. Rejects if the sandbox is lost. */
  async renew(): Promise<void> {
    await this.#renew(await this.#ready());
  }

  /** Executes a command after `renew`. Rejects if the sandbox is lost. */
  async start(command: Command, files: readonly SourceFile[] = []): Promise<Execution> {
    return this.#start(await this.#ready(), command, files);
  }

  /** Releases the sandbox. The next execution gets a new one. */
  discard(): void {
    this.#prepared?.release();
    this.#prepared = undefined;
    this.#state = 'unsaved';
  }

  async #ready(): Promise<Sandbox> {
    this.#prepared ??= await this.#prepare(this.#plan);
    const { sandbox, compile } = this.#prepared;
    if (compile && !succeeded(compile))
      throw new RunnerError('internal', 'The program compiled before but did not compile again.');
    return sandbox;
  }

  /** Takes a snapshot once and then resets, also before the first execution, so that all executions find the same state. */
  #renew(sandbox: Sandbox): Promise<void> {
    const state = this.#state;
    this.#state = 'new';
    if (state === 'unsaved') sandbox.snapshot(this.#plan.keep);
    return state === 'new' ? Promise.resolve() : sandbox.reset();
  }

  #start(sandbox: Sandbox, command: Command, files: readonly SourceFile[]): Promise<Execution> {
    this.#state = 'used';
    if (files.length > 0) sandbox.stage(files);
    return sandbox.execute(command);
  }
}

/** Repeats an attempt once, with new sandboxes, if a sandbox is lost. */
export async function retryWithNewSandboxes<T>(
  sandboxes: readonly ProgramSandbox[],
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== 'internal') throw error;
    for (const sandbox of sandboxes) sandbox.discard();
    return attempt();
  }
}
