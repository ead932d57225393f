import type { Limits } from './limits.ts';
import type { SafePath } from './path.ts';

/**
 * How a program's output is compared with what was expected:
 * - `lines`: white space at the end of lines and of the output does not matter;
 * - `exact`: every byte matters;
 * - `tokens`: only what stands between white space matters;
 * - `float`: tokens, and two decimal numbers agree when they differ by at most `epsilon`, absolutely or relative to the expected one.
 */
export type Comparison =
  | { readonly kind: 'lines' | 'exact' | 'tokens' }
  | { readonly kind: 'float'; readonly epsilon: number };

/** A file on its way into a sandbox. */
export interface SourceFile {
  readonly path: SafePath;
  readonly content: Uint8Array;
  /** Whether it can be executed; left out: when it starts with `#!`. */
  readonly executable?: boolean;
}

/** A program and what it may use. */
export interface ProgramRequest {
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
  readonly extension?: Extension | undefined;
}

/** One test of a program, with what the request says for all of them filled in. */
export interface TestCase {
  readonly name: string | undefined;
  readonly args: readonly string[];
  readonly stdin: Uint8Array;
  /** Never enters the program's sandbox. */
  readonly expected: Buffer | undefined;
  readonly timeoutMs: number;
  readonly cpuTimeoutMs: number | undefined;
}

/** Who says whether a program that ended well is right: the service by comparing, or a program of the setter. */
export type Evaluator =
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'checker' | 'interactor'; readonly program: ProgramRequest };

/** How a program is to be judged. */
export interface TestSuite {
  readonly tests: readonly TestCase[];
  readonly judge: Evaluator;
  /** Whether the tests behind the first that is not accepted are skipped. */
  readonly stopsOnFailure: boolean;
  /** Bytes of output of all tests together that are kept for the answer. */
  readonly answerBytes: number;
}

/** A validated request for one run: everything is within the operator's ceilings. */
export interface RunRequest extends ProgramRequest {
  /** Paths or globs under the working directory. */
  readonly outputFiles: readonly string[];
  readonly maxOutputFilesBytes: number;
  /** The tests that the program is judged by; `undefined` for a plain run. */
  readonly judging: TestSuite | undefined;
}

/** What a run needs beyond its runtime. It runs on a prebuild that has it. */
export interface Extension {
  /** The runtime to extend; `undefined`: that of the run. */
  readonly base: string | undefined;
  /** Empty where there is none. */
  readonly setupScript: string;
  readonly packages: readonly string[];
}

/** Who asked for a run, and by which request; for the log, never for the program. */
export interface RunContext {
  readonly runId: string;
  readonly requestId: string;
  /** W3C trace context. */
  readonly traceparent: string | undefined;
  /** Who submitted it: `anonymous`, or a name that credentials have and that tells nothing about them. */
  readonly tenant: string;
}
