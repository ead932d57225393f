import type { Isolation } from './isolation.ts';
import type { SandboxLimits } from './limits.ts';
import type { SafePath } from './path.ts';

/** Everything about a sandbox that is known before it is created. Sandboxes with the same spec are interchangeable. */
export interface SandboxSpec {
  /** The runtime's image. */
  readonly image: string;
  readonly limits: SandboxLimits;
  /** What is asked for. Where an image cannot be run in cells, its sandboxes are containers. */
  readonly isolation: Isolation;
}

/** A command to execute in a sandbox. */
export interface Command {
  readonly argv: readonly string[];
  /** The program's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array | LiveInput;
  /** Called when the program's image executes. */
  readonly onStart?: () => void;
  readonly onOutput?: OutputListener;
  /** Called once for each stream to which the program writes more than `outputBytes`, when it does, after the last of the output that is kept. */
  readonly onTruncated?: (stream: OutputStream) => void;
  /** How long `onOutput` may hold up the program in total before it counts as timed out, in milliseconds. Default: 30 seconds. */
  readonly listenerTimeoutMs?: number;
  readonly wallMs: number;
  /** Limit of the CPU time of all processes together; `undefined`: no limit. */
  readonly cpuMs: number | undefined;
  /** Bytes kept of each output stream. */
  readonly outputBytes: number;
  /** The program is killed when it has written this many bytes to one stream. Default: a multiple of `outputBytes`. */
  readonly outputKillBytes?: number;
  /** Limit of the size of every file that the program writes; left out: no limit. */
  readonly maxFileBytes?: number;
  /** Whether it must not continue a command that was started ahead, because its files or what they do would show it; left out: no. */
  readonly needsOwnStart?: boolean;
}

/** A command that can be started before its files are there: of most programs it looks at none before it opens the main file. */
export interface AheadCommand {
  readonly argv: readonly string[];
  /** The program's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the program will have input. */
  readonly hasInput: boolean;
  /** A name in the working directory. */
  readonly mainFile: string;
}

export type OutputStream = 'stdout' | 'stderr';

/**
 * Called with a program's output while it runs, with at most `outputBytes` of each stream. While a returned promise is pending, it is
 * not called again: the program blocks once its pipes are full, and its wall clock stops. If the listener throws or rejects,
 * the sandbox is lost.
 */
export type OutputListener = (stream: OutputStream, bytes: Buffer) => void | Promise<void>;

/** A command whose whole input is known before it starts. */
export interface CompileCommand extends Command {
  readonly stdin: Uint8Array;
}

/** Standard input that is produced while the program runs. */
export interface LiveInput {
  /** Called before the program starts, with the sink that its input must be written to. */
  flowTo(sink: InputSink): void;
}

export interface InputSink {
  /** Returns a promise if too much input is waiting to be read. It resolves when the writer may continue. */
  write(bytes: Uint8Array): void | Promise<void>;
  end(): void;
}

/** Where the compile phase of a runtime writes its artefact. */
export interface ArtefactPlace {
  readonly root: WritableRoot;
  readonly path: SafePath;
}

/** The folders that a program can write to, and that files can be staged in and collected from. */
export type WritableRoot = '/workspace' | '/tmp';

/** Files to collect after the program has ended. */
export interface CollectRequest {
  /** Paths or globs relative to `root`. */
  readonly paths: readonly string[];
  readonly root: WritableRoot;
  readonly maxBytes: number;
}
