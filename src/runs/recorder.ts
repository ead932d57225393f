import type { Isolation } from '../core/isolation.ts';
import type { RunContext } from '../core/request.ts';
import type { Compilation, Execution, RunResult, SandboxOrigin, Timings } from '../core/result.ts';

/** Called when runs end, for the log and the metrics. */
export interface RunObserver {
  runEnded(outcome: RunOutcome): void;
}

export interface RunOutcome {
  readonly context: RunContext;
  /** Id of the runtime; `undefined` if the run was refused before it was known. */
  readonly runtime: string | undefined;
  /** Time since the request arrived, including reading its body and building its prebuild. */
  readonly totalMs: number;
  /** The result, or `undefined` if the run failed with `error`. */
  readonly result: RunResult | undefined;
  readonly error: unknown;
  /** Problems that did not affect the result otherwise, such as unreadable metadata. */
  readonly notes: readonly string[];
}

/** What is recorded of a lease. */
interface Leased {
  readonly origin: SandboxOrigin;
  readonly waitedMs: number;
  readonly sandbox: { readonly isolation: Isolation };
}

/** Times of `performance.now()`; left out for steps that the run did not reach. */
interface Moments {
  leasedAt?: number;
  preparedAt?: number;
  startedAt?: number | undefined;
  endedAt?: number;
}

/** Records one run from the arrival of its request to its end, and reports it once. */
export class RunRecorder {
  readonly context: RunContext;
  readonly #observer: RunObserver;
  readonly #notes: string[] = [];
  readonly #arrivedAt = performance.now();
  readonly #moments: Moments = {};
  #runtime: string | undefined;
  #queueMs = 0;
  #sandboxMs = 0;
  #compileMs = 0;
  #runMs = 0;
  #isJudged = false;
  #sandbox: SandboxOrigin = 'cold';
  #isolation: Isolation = 'container';
  #hasEnded = false;

  /** Starts the run's clock. */
  constructor(context: RunContext, observer: RunObserver) {
    this.context = context;
    this.#observer = observer;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Notes a problem that does not affect the result otherwise. */
  note(text: string): void {
    this.#notes.push(text);
  }

  runsOn(runtime: string | undefined): void {
    this.#runtime = runtime;
  }

  admitted(queueMs: number): void {
    this.#queueMs = queueMs;
  }

  leased({ origin, waitedMs, sandbox }: Leased): void {
    this.#sandbox = origin;
    this.#isolation = sandbox.isolation;
    this.#sandboxMs = waitedMs;
    this.#moments.leasedAt = performance.now();
  }

  /** Call when the program is staged and, if necessary, compiled. */
  prepared(compile: Compilation | null): void {
    this.#compileMs = compile?.spentMs ?? 0;
    this.#moments.preparedAt = performance.now();
  }

  /** `startedAt` is the time of `performance.now()` at which the start of the program was reported. */
  executed({ usage }: Execution, startedAt: number | undefined): void {
    this.#runMs = usage.wallMs;
    this.#moments.startedAt = startedAt;
    this.#moments.endedAt = performance.now();
  }

  judged(executions: readonly Execution[]): void {
    this.#isJudged = true;
    this.#runMs = executions.reduce((sum, { usage }) => sum + usage.wallMs, 0);
    this.#moments.endedAt = performance.now();
  }

  /** The part of the result that has been recorded so far. */
  facts() {
    return {
      runId: this.context.runId,
      runtime: this.#runtime ?? 'unknown',
      timings: this.#timings(),
      sandbox: this.#sandbox,
      isolation: this.#isolation,
    };
  }

  completed(result: RunResult): void {
    this.#end(result, undefined);
  }

  /** Does nothing if the run has already ended. */
  failed(error: unknown): void {
    this.#end(undefined, error);
  }

  #end(result: RunResult | undefined, error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const totalMs = performance.now() - this.#arrivedAt;
    const outcome = { context: this.context, runtime: this.#runtime, totalMs, result, error, notes: this.#notes };
    // After the response, so that the caller does not wait for the log.
    setImmediate(() => this.#observer.runEnded(outcome));
  }

  #timings(): Timings {
    const now = performance.now();
    const { leasedAt = now, preparedAt = now, endedAt = now, startedAt = now } = this.#moments;
    // A plain run sends its files and its command together. Its start may be reported as late as its end, and its end late because its output
    // was read slowly. A judged run is staged before its first test.
    const stagedAt = this.#isJudged ? preparedAt : Math.min(startedAt, endedAt - this.#runMs);
    return {
      queueMs: this.#queueMs,
      sandboxMs: this.#sandboxMs,
      stageMs: Math.max(0, stagedAt - leasedAt - this.#compileMs),
      compileMs: this.#compileMs,
      runMs: this.#runMs,
      judgeMs: this.#isJudged ? Math.max(0, endedAt - preparedAt - this.#runMs) : 0,
      collectMs: now - endedAt,
      totalMs: now - this.#arrivedAt,
    };
  }
}
