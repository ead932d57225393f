import type { CollectRequest, Command, SandboxSpec } from '../run/command.ts';
import type { SourceFile } from '../run/request.ts';
import type { Collected, Execution } from '../run/result.ts';

/**
 * An isolated place in which one run takes place. Commands are carried out in the order in which they are given, and may
 * be given without waiting: `collect` behind a running `execute` happens when the program has ended.
 * A method rejects with `RunnerError`, and only when the sandbox or its engine failed.
 */
export interface Sandbox {
  readonly id: string;
  /** Resolves as soon as the sandbox can no longer be used, whatever the reason; never rejects. */
  readonly gone: Promise<void>;
  /** Puts files into the working directory. A failure shows in the `execute` that follows. */
  stage(files: readonly SourceFile[]): void;
  execute(command: Command): Promise<Execution>;
  collect(request: CollectRequest): Promise<Collected>;
  /** Ends everything inside at once. Resolves when nothing runs any more; never rejects. */
  destroy(): Promise<void>;
}

/** Makes sandboxes. Rejects with `RunnerError`, or with the signal's reason when given up. */
export interface SandboxFactory {
  create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
}
