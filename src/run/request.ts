import type { Limits } from './limits.ts';
import type { SafePath } from './path.ts';

/** A file on its way into a sandbox. */
export interface SourceFile {
  readonly path: SafePath;
  readonly content: Uint8Array;
  /** Whether it can be executed; left out: when it starts with `#!`. */
  readonly executable?: boolean;
}

/** A validated request for one run: everything is within the operator's ceilings. */
export interface RunRequest {
  /** Name of the runtime as the caller gave it. */
  readonly runtime: string;
  /** Goes to the runtime's main file. */
  readonly code: string | undefined;
  readonly files: readonly SourceFile[];
  /** A shell command that takes the place of the runtime's own compile and run commands. */
  readonly entrypoint: string | undefined;
  readonly args: readonly string[];
  readonly stdin: Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /** Paths or globs under the working directory. */
  readonly outputFiles: readonly string[];
  readonly maxOutputFilesBytes: number;
}

/** What ties a run to the request that asked for it; for the log, never for the program. */
export interface RunContext {
  readonly requestId: string;
  readonly traceparent: string | undefined;
}
