import type { Isolation } from './isolation.ts';
import type { ProgramError } from './program-error.ts';
import type { Verdict } from './verdict.ts';

/** What happened to a program. All of this is data, not an error: each of these results is answered with 200. */

/** How a started program ended. */
export type Fate =
  | { readonly status: 'completed'; readonly exitCode: number }
  | { readonly status: 'signaled'; readonly signal: number }
  | { readonly status: 'timed_out' }
  | { readonly status: 'out_of_memory' }
  | { readonly status: 'output_limit_exceeded' };

/** What an execution used. CPU time and memory are `undefined` if the sandbox was lost before it could report them. */
export interface Usage {
  readonly wallMs: number;
  readonly cpuMs: number | undefined;
  readonly memoryPeakBytes: number | undefined;
}

/** One output stream, cut at the output limit. */
export interface Output {
  readonly bytes: Buffer;
  readonly truncated: boolean;
}

/** One executed command of a run: the compile phase or the run phase. */
export interface Execution {
  readonly fate: Fate;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly usage: Usage;
  /** Whether its interpreter had been started ahead; left out: no. */
  readonly startedAhead?: boolean;
}

/** A compile phase, or a cached one. */
export interface Compilation extends Execution {
  /** Whether the result came from the cache. `usage` then describes the original compile phase. */
  readonly cached: boolean;
  /** Time that this run spent on it, in milliseconds. */
  readonly spentMs: number;
}

/** A regular file collected from the sandbox. The path is as on disk and may not be valid UTF-8. */
export interface OutputFile {
  readonly path: Buffer;
  readonly content: Buffer;
}

/** A file that was requested but not collected. */
export interface OmittedFile {
  readonly path: Buffer;
  readonly reason: string;
}

export interface Collected {
  readonly files: readonly OutputFile[];
  readonly omitted: readonly OmittedFile[];
}

/** The result of one test of a judged run. */
export interface TestResult {
  readonly name: string | undefined;
  readonly verdict: Verdict;
  /** The message of the checker or interactor, or why it failed. */
  readonly message: string | undefined;
  /** `undefined` if the test was not run. */
  readonly execution: Execution | undefined;
  /** What the program reported if it failed. */
  readonly error: ProgramError | null;
}

export interface Judgement {
  /** The first verdict that is not `accepted`. */
  readonly verdict: Verdict;
  readonly tests: readonly TestResult[];
}

/** The time that each step of a run took, in milliseconds. */
export interface Timings {
  readonly queueMs: number;
  readonly sandboxMs: number;
  readonly stageMs: number;
  readonly compileMs: number;
  readonly runMs: number;
  /** Judging without the program's own time: resetting, comparing, checking. */
  readonly judgeMs: number;
  readonly collectMs: number;
  readonly totalMs: number;
}

interface RunFacts {
  readonly runId: string;
  readonly runtime: string;
  readonly metadata: unknown;
  readonly collected: Collected;
  readonly timings: Timings;
  readonly sandbox: SandboxOrigin;
  readonly isolation: Isolation;
  /** Set for a judged run. `run` is then the execution of the first test that was not accepted, else of the last test. */
  readonly judgement: Judgement | null;
  /** What the program or its compiler reported if it failed. In a judged run, that of the same test as `run`. */
  readonly error: ProgramError | null;
}

export type SandboxOrigin = 'warm' | 'cold';

/** The result of a run: either the program ran, or it did not compile. */
export type RunResult = RunFacts &
  (
    | { readonly status: Fate['status']; readonly compile: Compilation | null; readonly run: Execution }
    | { readonly status: 'compile_failed'; readonly compile: Compilation; readonly run: null }
  );

export type RunStatus = RunResult['status'];

/** The exit code in the response: the program's own; 128+n if signal n ended it, 137 if it ran out of memory, -1 if it timed out. */
export function exitCodeOf(fate: Fate): number {
  switch (fate.status) {
    case 'completed':
      return fate.exitCode;
    case 'signaled':
      return 128 + fate.signal;
    case 'out_of_memory':
    case 'output_limit_exceeded':
      return 128 + SIGKILL;
    case 'timed_out':
      return -1;
  }
}

const SIGKILL = 9;

/** The verdict that follows from how the program ended, or `undefined` if it ended well and its output decides. */
export function verdictOfEnd(fate: Fate): Verdict | undefined {
  switch (fate.status) {
    case 'completed':
      return fate.exitCode === 0 ? undefined : 'runtime_error';
    case 'signaled':
      return 'runtime_error';
    case 'timed_out':
      return 'time_limit_exceeded';
    case 'out_of_memory':
      return 'memory_limit_exceeded';
    case 'output_limit_exceeded':
      return 'output_limit_exceeded';
  }
}

/** Whether a compile phase succeeded. */
export function succeeded(execution: Execution): boolean {
  return execution.fate.status === 'completed' && execution.fate.exitCode === 0;
}

/** Bytes of output, tracebacks and files that a result holds in memory. */
export function sizeOf({ run, compile, judgement, collected, error }: RunResult): number {
  const tests = judgement?.tests ?? [];
  const executions = [...new Set([run, compile, ...tests.map(({ execution }) => execution)])].filter(
    (execution) => execution != null,
  );
  const printed = executions.reduce((sum, { stdout, stderr }) => sum + stdout.bytes.length + stderr.bytes.length, 0);
  const errors = [error, ...tests.map((test) => test.error)];
  const traced = errors.reduce((sum, found) => sum + (found?.traceback?.length ?? 0), printed);
  return collected.files.reduce((sum, { content }) => sum + content.length, traced);
}
