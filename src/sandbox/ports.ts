import type { CollectRequest, Command, SandboxSpec, WritableRoot } from '../core/command.ts';
import type { SourceFile } from '../core/request.ts';
import type { Collected, Execution } from '../core/result.ts';

/**
 * An isolated place in which one run takes place. Commands are carried out in the order in which they are given, and may
 * be given without waiting: `collect` behind a running `execute` happens when the program has ended.
 * A method rejects with `RunnerError`, and only when the sandbox or its engine failed.
 */
export interface Sandbox {
  readonly id: string;
  /** Id of the image that it was made from, whatever the image's name means by now; `undefined` where it is not known for certain. */
  readonly imageId: string | undefined;
  /** Resolves as soon as the sandbox can no longer be used, whatever the reason; never rejects. */
  readonly gone: Promise<void>;
  /** Puts files into the working directory, or beneath `/tmp`. A failure shows in the command that follows. */
  stage(files: readonly SourceFile[], root?: WritableRoot): void;
  /**
   * Keeps the named files and whole folders (absolute paths in `/workspace` and `/tmp`) as they are now, out of the reach of programs.
   * A failure shows in the command that follows: `invalid_request` when they are too large, or are not regular files and folders alone.
   */
  snapshot(paths: readonly string[]): void;
  /**
   * Ends every process, wipes whatever a program can write to, and puts back the snapshot, which must have been made.
   * Resolves when the sandbox is as at the snapshot; when that cannot be proven it rejects, and the sandbox is lost.
   * Programs that used the network, loopback included, have left traces that cannot be wiped. Not while one executes.
   */
  reset(): Promise<void>;
  execute(command: Command): Promise<Execution>;
  collect(request: CollectRequest): Promise<Collected>;
  /** Ends everything inside at once. Resolves when nothing runs any more; never rejects. */
  destroy(): Promise<void>;
}

/** Makes sandboxes. Rejects with `RunnerError`, or with the signal's reason when given up. */
export interface SandboxFactory {
  create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
}
