import type { SandboxLimits } from './limits.ts';
import type { SafePath } from './path.ts';

/** Everything about a sandbox that is fixed when it is created. Two sandboxes of one spec are interchangeable. */
export interface SandboxSpec {
  /** The runtime's image. */
  readonly image: string;
  readonly limits: SandboxLimits;
}

/** A command to execute in a sandbox. */
export interface Command {
  readonly argv: readonly string[];
  /** The program's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array | LiveInput;
  /** Hears standard output while the program runs. */
  readonly onStdout?: (bytes: Buffer) => void;
  readonly wallMs: number;
  /** CPU time of all its processes together; `undefined`: no limit of its own. */
  readonly cpuMs: number | undefined;
  /** Bytes kept of each output stream. */
  readonly outputBytes: number;
  /** Bytes written to one stream at which the program is killed; left out: a multiple of `outputBytes`. */
  readonly outputKillBytes?: number;
}

/** A command whose input is known beforehand. */
export interface CompileCommand extends Command {
  readonly stdin: Uint8Array;
}

/** Standard input that becomes known only while the program runs that reads it. */
export interface LiveInput {
  /** Tells, before the program starts, where its input goes from now on. */
  flowTo(sink: InputSink): void;
}

export interface InputSink {
  write(bytes: Uint8Array): void;
  end(): void;
}

/** Where the compile phase of a runtime puts what it makes. */
export interface ArtefactPlace {
  readonly root: WritableRoot;
  readonly path: SafePath;
}

/** Where a program can write, and files can be put and brought back from: the working directory and the temporary one. */
export type WritableRoot = '/workspace' | '/tmp';

/** Files to bring back when nothing runs any more. */
export interface CollectRequest {
  /** Paths or globs beneath `root`. */
  readonly paths: readonly string[];
  readonly root: WritableRoot;
  readonly maxBytes: number;
}
