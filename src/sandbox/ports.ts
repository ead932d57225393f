import type { CollectRequest, Command, SandboxSpec, WritableRoot } from '../core/command.ts';
import type { Isolation } from '../core/isolation.ts';
import type { SandboxLimits } from '../core/limits.ts';
import type { SourceFile } from '../core/request.ts';
import type { Collected, Execution } from '../core/result.ts';

/**
 * An isolated environment for one run. Operations are carried out in the order of the calls. The next one may be called without
 * waiting: a `collect` after a running `execute` happens when the program has ended.
 * A method rejects only if the sandbox or its engine failed, and always with `RunnerError`.
 */
export interface Sandbox {
  readonly id: string;
  /** Id of the image that the sandbox was created from, even if the image's name means another one now. */
  readonly imageId: string;
  /** What it is, whatever was asked for. */
  readonly isolation: Isolation;
  readonly limits: SandboxLimits;
  /** Resolves when the sandbox can no longer be used, for any reason. Never rejects. */
  readonly gone: Promise<void>;
  /**
   * Changes the limits before a run, in a cell. Resolves with whether the sandbox has them now; if not, it must be destroyed, because it
   * may have any. Never rejects.
   */
  setLimits(limits: SandboxLimits): Promise<boolean>;
  /** Puts files into the working directory, or into `/tmp`. A failure is reported by the next operation. */
  stage(files: readonly SourceFile[], root?: WritableRoot): void;
  /**
   * Copies files and whole folders (absolute paths in `/workspace` and `/tmp`) to memory that programs cannot reach.
   * A failure is reported by the next operation: `invalid_request` if they are too large or contain anything but regular files and folders.
   */
  snapshot(paths: readonly string[]): void;
  /**
   * Kills every process, wipes everything that a program can write to, and restores the snapshot. Requires a snapshot and must not be
   * called while a program runs. Resolves when the sandbox is in the state of the snapshot. Rejects if that cannot be verified; the
   * sandbox is then lost. This happens if a program used the network, including loopback, because its traces cannot be wiped.
   */
  reset(): Promise<void>;
  execute(command: Command): Promise<Execution>;
  collect(request: CollectRequest): Promise<Collected>;
  /**
   * Kills everything inside, and resolves with a sandbox for another run of the same tenant: nothing that a program could have left is
   * in it. `undefined` if there is none; then the sandbox is destroyed. Never rejects.
   */
  next(): Promise<Sandbox | undefined>;
  /** Kills everything inside. Resolves when nothing is running any more. Never rejects. */
  destroy(): Promise<void>;
}

/** Creates sandboxes. Rejects with `RunnerError`, or with the signal's reason if cancelled. */
export interface SandboxFactory {
  create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
}
