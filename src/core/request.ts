import type { Isolation } from './isolation.ts';
import type { Limits } from './limits.ts';
import type { SafePath } from './path.ts';

/**
 * How a program's output is compared with the expected output:
 * - `lines`: ignores white space at the end of each line and of the output;
 * - `exact`: every byte counts;
 * - `tokens`: ignores the amount and kind of white space between tokens;
 * - `float`: as `tokens`, and decimal numbers may differ by `epsilon`, absolute or relative to the expected number.
 */
export type Comparison =
  | { readonly kind: 'lines' | 'exact' | 'tokens' }
  | { readonly kind: 'float'; readonly epsilon: number };

/** A file to stage in a sandbox. */
export interface SourceFile {
  readonly path: SafePath;
  readonly content: Uint8Array;
  /** Whether the file is executable. Default: whether it starts with `#!`. */
  readonly executable?: boolean;
}

/** A program and its limits. */
export interface ProgramRequest {
  /** Name of the runtime as the caller gave it. */
  readonly runtime: string;
  /** Stored as the runtime's main file. */
  readonly code: string | undefined;
  readonly files: readonly SourceFile[];
  /** A shell command that replaces the runtime's compile and run commands. */
  readonly entrypoint: string | undefined;
  readonly args: readonly string[];
  readonly stdin: Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
  readonly isolation: Isolation;
  readonly extension?: Extension | undefined;
}

/** One test of a program. What it left out has been filled in from the request. */
export interface TestCase {
  readonly name: string | undefined;
  readonly args: readonly string[];
  readonly stdin: Uint8Array;
  /** Never enters the program's sandbox. */
  readonly expected: Buffer | undefined;
  readonly timeoutMs: number;
  readonly cpuTimeoutMs: number | undefined;
}

/** How the verdict on a program that ended well is reached: by comparing its output, or by a program that the caller sent. */
export type Evaluator =
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'checker' | 'interactor'; readonly program: ProgramRequest };

/** How a program is to be judged. */
export interface TestSuite {
  readonly tests: readonly TestCase[];
  readonly judge: Evaluator;
  /** Whether to skip the tests after the first one that is not accepted. */
  readonly stopsOnFailure: boolean;
  /** Bytes of output of all tests together that are kept for the response. */
  readonly responseBytes: number;
}

/** A valid request for one run. Everything is within the operator's ceilings. */
export interface RunRequest extends ProgramRequest {
  /** Paths or globs relative to the working directory. */
  readonly outputFiles: readonly string[];
  readonly maxOutputFilesBytes: number;
  /** The tests of a judged run; `undefined` for a plain run. */
  readonly judging: TestSuite | undefined;
}

/** What a run needs on top of its runtime. The run uses a prebuild that has it. */
export interface Extension {
  /** The runtime to extend; `undefined`: the run's own. */
  readonly base: string | undefined;
  /** Empty if there is no script. */
  readonly setupScript: string;
  readonly packages: readonly string[];
}

/** Who sent a run, and in which request. For the log only; the program never sees it. */
export interface RunContext {
  readonly runId: string;
  readonly requestId: string;
  /** W3C trace context. */
  readonly traceparent: string | undefined;
  /** Who sent the run: `anonymous`, or a name for the credentials that does not reveal them. */
  readonly tenant: string;
}
