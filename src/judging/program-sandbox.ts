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

/** Prepares a sandbox of its own for a program; asked again when that one is lost. */
export type Prepare = (plan: ProgramPlan) => Promise<Prepared>;

/**
 * A program in a sandbox that is as new whenever the program is executed: reset, or another one where that could not be proven. One
 * execution cannot tell whether there were others before it.
 * Rejects with `RunnerError` when there is no sandbox to be had.
 */
export class ProgramSandbox {
  readonly #plan: ProgramPlan;
  readonly #prepare: Prepare;
  /** `undefined` where it was lost and is to be replaced. */
  #prepared: Prepared | undefined;
  #state: 'unsaved' | 'new' | 'used' = 'unsaved';

  /** Begins with a sandbox in which the program is compiled. */
  constructor(plan: ProgramPlan, prepared: Prepared, prepare: Prepare) {
    this.#plan = plan;
    this.#prepared = prepared;
    this.#prepare = prepare;
  }

  /** Executes in the sandbox as new, with these files beside the program's own. */
  execute(command: Command, files: readonly SourceFile[] = []): Promise<Execution> {
    return withoutLoss([this], async () => {
      const sandbox = await this.#ready();
      // Both are sent in one go: the program starts as soon as the sandbox is as new.
      const renewing = this.#renew(sandbox);
      const [execution] = await Promise.all([this.#start(sandbox, command, files), renewing]);
      return execution;
    });
  }

  /** Makes the sandbox as new and does no more, for executions that begin together with `start`. Rejects when it is lost. */
  async renew(): Promise<void> {
    await this.#renew(await this.#ready());
  }

  /** Executes in the sandbox that `renew` has made as new. Rejects when it is lost. */
  async start(command: Command, files: readonly SourceFile[] = []): Promise<Execution> {
    return this.#start(await this.#ready(), command, files);
  }

  /** Gives the sandbox up; the next execution has another one. */
  discard(): void {
    this.#prepared?.release();
    this.#prepared = undefined;
    this.#state = 'unsaved';
  }

  async #ready(): Promise<Sandbox> {
    this.#prepared ??= await this.#prepare(this.#plan);
    const { sandbox, compile } = this.#prepared;
    if (compile && !succeeded(compile)) throw new RunnerError('internal', 'What had compiled did not compile again.');
    return sandbox;
  }

  /** Also before the first execution, so that it finds what all others find. */
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

/** Makes an attempt once more, with other sandboxes, when one of these is lost over it. */
export async function withoutLoss<T>(sandboxes: readonly ProgramSandbox[], attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== 'internal') throw error;
    for (const sandbox of sandboxes) sandbox.discard();
    return attempt();
  }
}
