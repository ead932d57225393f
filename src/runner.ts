import { randomUUID } from 'node:crypto';
import type { Compiler } from './artefacts/compiler.ts';
import { RunAborted, RunnerError } from './run/errors.ts';
import type { Limits } from './run/limits.ts';
import type { RunContext, RunRequest } from './run/request.ts';
import { type Collected, type Compilation, type RunResult, succeeded } from './run/result.ts';
import { planRun, type RunPlan } from './runtimes/plan.ts';
import type { RuntimeRegistry } from './runtimes/registry.ts';
import type { Admission } from './sandbox/admission.ts';
import type { Lease, Pool } from './sandbox/pool.ts';
import type { Sandbox } from './sandbox/ports.ts';

/** Hears how every run ended, for the log and the metrics. */
export interface RunObserver {
  runEnded(outcome: RunOutcome): void;
}

export interface RunOutcome {
  readonly runId: string;
  readonly runtime: string;
  readonly context: RunContext;
  readonly totalMs: number;
  /** The answered run, or `undefined` with the error that there was instead. */
  readonly result: RunResult | undefined;
  readonly error: unknown;
  /** What went wrong without spoiling the result, such as unreadable metadata. */
  readonly notes: readonly string[];
}

export interface RunnerOptions {
  readonly runtimes: RuntimeRegistry;
  readonly admission: Pick<Admission, 'admit'>;
  readonly pool: Pick<Pool, 'lease'>;
  readonly compiler: Pick<Compiler, 'prepare'>;
  readonly observer: RunObserver;
}

/** A run under way: what identifies it, and what there is to say about it. */
interface Run {
  readonly id: string;
  readonly runtime: string;
  readonly plan: RunPlan;
  readonly limits: Limits;
  readonly startedAt: number;
  readonly notes: string[];
}

/** Where and how a run takes place. */
interface Place {
  readonly lease: Lease;
  readonly queueMs: number;
  readonly signal: AbortSignal;
}

/** The use case: one request becomes one run in one sandbox. */
export class Runner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs a program and tells what became of it. Rejects with `RunnerError` when the service could not do its part, and with
   * the signal's reason when the run was given up.
   */
  async run(request: RunRequest, context: RunContext, signal: AbortSignal): Promise<RunResult> {
    const runtime = this.#options.runtimes.resolve(request.runtime);
    const plan = planRun(request, runtime);
    const run: Run = {
      id: randomUUID(),
      runtime: runtime.id,
      plan,
      limits: request.limits,
      startedAt: performance.now(),
      notes: [],
    };
    return this.#observed(run, context, () =>
      this.#options.admission.admit((queueMs) => this.#inSandbox(run, queueMs, signal), signal),
    );
  }

  /** Performs the run in a sandbox of its own, which ends with it or as soon as the run is given up. */
  async #inSandbox(run: Run, queueMs: number, signal: AbortSignal): Promise<RunResult> {
    const lease = await this.#options.pool.lease(run.plan.sandbox, signal);
    signal.addEventListener('abort', lease.release, { once: true });
    if (signal.aborted) lease.release();
    try {
      return await this.#perform(run, { lease, queueMs, signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', lease.release);
      lease.release();
    }
  }

  /** Stage, compile, run, collect. */
  async #perform(run: Run, { lease, queueMs, signal }: Place): Promise<RunResult> {
    const { sandbox } = lease;
    const beganAt = performance.now();
    const compile = await this.#prepare(run, sandbox, signal);
    const compileMs = compile?.spentMs ?? 0;
    if (compile && !succeeded(compile)) {
      return {
        ...facts(run, lease, { queueMs, beganAt, compileMs, runMs: 0 }),
        status: 'compile_failed',
        compile,
        run: null,
      };
    }
    const executing = sandbox.execute(run.plan.run);
    const collecting = collect(sandbox, run);
    const execution = await executing;
    const endedAt = performance.now();
    const harvest = await collecting;
    const measured = { queueMs, beganAt, endedAt, compileMs, runMs: execution.usage.wallMs };
    return { ...facts(run, lease, measured, harvest), status: execution.fate.status, compile, run: execution };
  }

  /** Puts into the sandbox what the run phase needs. The compile phase, where there is one. */
  async #prepare({ plan, limits }: Run, sandbox: Sandbox, signal: AbortSignal): Promise<Compilation | null> {
    const { compile: command, artefact, files } = plan;
    if (command) return this.#options.compiler.prepare({ command, artefact, files, limits }, sandbox, signal);
    sandbox.stage(files);
    return null;
  }

  async #observed(run: Run, context: RunContext, work: () => Promise<RunResult>): Promise<RunResult> {
    const ended = (result: RunResult | undefined, error: unknown) => {
      const totalMs = performance.now() - run.startedAt;
      // After the answer: the caller does not wait for the log.
      setImmediate(() =>
        this.#options.observer.runEnded({
          runId: run.id,
          runtime: run.runtime,
          context,
          totalMs,
          result,
          error,
          notes: run.notes,
        }),
      );
    };
    try {
      const result = await work();
      ended(result, undefined);
      return result;
    } catch (caught) {
      const error = caught instanceof RunnerError || caught instanceof RunAborted ? caught : unexpected(caught);
      ended(undefined, error);
      throw error;
    }
  }
}

function unexpected(cause: unknown): RunnerError {
  return new RunnerError('internal', 'An unexpected error occurred. The log has the details.', { cause });
}

/** JSON can be read at any depth, but not written: the answer would overflow the stack. */
const MAX_METADATA_DEPTH = 500;

interface Harvest {
  readonly metadata: unknown;
  readonly collected: Collected;
}

const NOTHING: Collected = { files: [], omitted: [] };

/** What the program left behind. Never rejects: a result that exists is not lost because its files are. */
async function collect(sandbox: Sandbox, run: Run): Promise<Harvest> {
  const { plan, notes } = run;
  const unavailable = (what: string, paths: readonly string[]) => (error: unknown) => {
    notes.push(`${what} not collected: ${error instanceof Error ? error.message : error}`);
    return { files: [], omitted: paths.map((path) => ({ path: Buffer.from(path), reason: 'not_collected' })) };
  };
  const metadata = readMetadata(await sandbox.collect(plan.metadata).catch(unavailable('metadata', [])), notes);
  const collected = plan.outputFiles
    ? await sandbox.collect(plan.outputFiles).catch(unavailable('output files', plan.outputFiles.paths))
    : NOTHING;
  return { metadata, collected };
}

/** The JSON value that the program wrote, or null with a note where it cannot be used. */
function readMetadata({ files, omitted }: Collected, notes: string[]): unknown {
  const reason = omitted[0]?.reason;
  if (reason !== undefined && reason !== 'not_found') notes.push(`metadata ignored: ${reason}`);
  const [file] = files;
  if (!file) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.content));
    if (!isDeeperThan(value, MAX_METADATA_DEPTH)) return value;
    notes.push('metadata ignored: nested too deeply');
  } catch {
    notes.push('metadata ignored: not JSON');
  }
  return null;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1));
}

interface Measured {
  readonly queueMs: number;
  readonly beganAt: number;
  readonly endedAt?: number;
  readonly compileMs: number;
  readonly runMs: number;
}

function facts(run: Run, lease: Lease, measured: Measured, harvest: Harvest = { metadata: null, collected: NOTHING }) {
  const now = performance.now();
  const endedAt = measured.endedAt ?? now;
  const { queueMs, compileMs, runMs } = measured;
  const timings = {
    queueMs,
    sandboxMs: lease.waitedMs,
    stageMs: Math.max(0, endedAt - measured.beganAt - compileMs - runMs),
    compileMs,
    runMs,
    collectMs: now - endedAt,
    totalMs: now - run.startedAt,
  };
  return { runId: run.id, runtime: run.runtime, timings, sandbox: lease.origin, ...harvest };
}
