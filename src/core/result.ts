import type { Verdict } from './verdict.ts';

/** What became of the program. All of this is data: a run that ends in any of these ways is an answered run. */

/** How a started program ended. */
export type Fate =
  | { readonly status: 'completed'; readonly exitCode: number }
  | { readonly status: 'signaled'; readonly signal: number }
  | { readonly status: 'timed_out' }
  | { readonly status: 'out_of_memory' }
  | { readonly status: 'output_limit_exceeded' };

/** What an execution cost. CPU time and memory are `undefined` where the sandbox could no longer be asked. */
export interface Usage {
  readonly wallMs: number;
  readonly cpuMs: number | undefined;
  readonly memoryPeakBytes: number | undefined;
}

/** One output stream, cut at the limit. */
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
}

/** A compile phase, or what is remembered of one. */
export interface Compilation extends Execution {
  /** Whether this run compiled nothing: `usage` is then that of the compile phase that it is spared. */
  readonly cached: boolean;
  /** What it cost this run, in milliseconds. */
  readonly spentMs: number;
}

/** A regular file brought back from the sandbox. The name is as on disk and need not be UTF-8. */
export interface OutputFile {
  readonly path: Buffer;
  readonly content: Buffer;
}

/** Something that was asked for and not brought back. */
export interface OmittedFile {
  readonly path: Buffer;
  readonly reason: string;
}

export interface Collected {
  readonly files: readonly OutputFile[];
  readonly omitted: readonly OmittedFile[];
}

/** What became of one test of a judged run. */
export interface TestResult {
  readonly name: string | undefined;
  readonly verdict: Verdict;
  /** What the checker or interactor had to say, or why it failed. */
  readonly message: string | undefined;
  /** `undefined` where the test did not take place. */
  readonly execution: Execution | undefined;
}

export interface Judgement {
  /** The first verdict that is not `accepted`. */
  readonly verdict: Verdict;
  readonly tests: readonly TestResult[];
}

/** Where the time of a run went, in milliseconds. */
export interface Timings {
  readonly queueMs: number;
  readonly sandboxMs: number;
  readonly stageMs: number;
  readonly compileMs: number;
  readonly runMs: number;
  /** What judging took beside the program's own time: resetting, comparing, checking. */
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
  /** Of a judged run, whose `run` is that of the first test that was not accepted, else of the last. */
  readonly judgement: Judgement | null;
}

export type SandboxOrigin = 'warm' | 'cold';

/** An answered run: either the program ran, or it did not compile. */
export type RunResult = RunFacts &
  (
    | { readonly status: Fate['status']; readonly compile: Compilation | null; readonly run: Execution }
    | { readonly status: 'compile_failed'; readonly compile: Compilation; readonly run: null }
  );

export type RunStatus = RunResult['status'];

/** The program's exit code as the seed's clients know it: 128+n when signalled, 137 out of memory, -1 when timed out. */
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

/** What a program's end alone says of a test: `undefined` where it ended well, so that its output decides. */
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

/** Whether a compile phase made something that can run. */
export function succeeded(execution: Execution): boolean {
  return execution.fate.status === 'completed' && execution.fate.exitCode === 0;
}

/** Bytes that a result holds: everything that was printed and brought back. */
export function sizeOf({ run, compile, judgement, collected }: RunResult): number {
  const tests = judgement?.tests.map(({ execution }) => execution) ?? [];
  const executions = [...new Set([run, compile, ...tests])].filter((execution) => execution != null);
  const printed = executions.reduce((sum, { stdout, stderr }) => sum + stdout.bytes.length + stderr.bytes.length, 0);
  return collected.files.reduce((sum, { content }) => sum + content.length, printed);
}
