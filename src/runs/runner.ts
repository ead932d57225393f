import type { Compiler } from '../compile-cache/compiler.ts';
import { RunAborted, RunnerError } from '../core/errors.ts';
import type { ProgramRequest, RunRequest } from '../core/request.ts';
import { type RunResult, sizeOf } from '../core/result.ts';
import { NO_EVENTS, type RunEvents } from '../core/run-events.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';
import type { Admission } from '../sandbox/admission.ts';
import { withLeases } from '../sandbox/leases.ts';
import type { Pool } from '../sandbox/pool.ts';
import { ActiveRun, type PlannedRun } from './active-run.ts';
import { planRun } from './plan.ts';
import type { RunRecorder } from './recorder.ts';
import { planTestSuite, type TestSuiteRuntimes } from './test-suite-plan.ts';

/** Finds the runtime for a program that needs a prebuild, building it if necessary. Returns `undefined` for all other programs. */
export interface RuntimeExtensions {
  resolve(program: ProgramRequest, signal: AbortSignal): Promise<Runtime> | undefined;
}

export interface RunnerOptions {
  readonly runtimes: RuntimeRegistry;
  /** Left out if prebuilds are disabled. */
  readonly extensions?: RuntimeExtensions | undefined;
  readonly admission: Pick<Admission, 'admit'>;
  readonly pool: Pick<Pool, 'lease'>;
  readonly compiler: Pick<Compiler, 'prepare'>;
  /** Throws `runtime_not_ready` for a runtime that is known not to work. If left out, every runtime is tried. */
  readonly requireReady?: (runtime: Runtime) => void;
}

/** What a run needs in addition to its request. */
export interface RunCall {
  /** Records the run. It has ended when `run` settles. */
  readonly recorder: RunRecorder;
  readonly signal: AbortSignal;
  /** Resolves when a response of this size fits into memory. Until then the run keeps its slot. If left out, there is no limit. */
  readonly reserveMemory?: (responseBytes: number) => Promise<void>;
  /** Follows the run while it is in progress. */
  readonly events?: RunEvents;
}

/** The use case: runs the program of one request. */
export class Runner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs a program and returns the result. Rejects with `RunnerError` if the service failed, or with the signal's reason if the run
   * was cancelled.
   */
  async run(request: RunRequest, call: RunCall): Promise<RunResult> {
    const { recorder } = call;
    try {
      const result = await this.#admit(await this.#plan(request, call), call);
      recorder.completed(result);
      return result;
    } catch (caught) {
      const error = caught instanceof RunnerError || caught instanceof RunAborted ? caught : unexpected(caught);
      recorder.failed(error);
      throw error;
    }
  }

  async #plan(request: RunRequest, { recorder, signal }: RunCall): Promise<PlannedRun> {
    recorder.runsOn(this.#options.runtimes.find(request.runtime)?.id);
    const runtimes = await this.#runtimesOf(request, signal);
    recorder.runsOn(runtimes.program.id);
    return {
      program: planRun(request, runtimes.program),
      tests: request.judging && planTestSuite(request, request.judging, runtimes),
    };
  }

  async #runtimesOf(request: RunRequest, signal: AbortSignal): Promise<TestSuiteRuntimes> {
    const program = await this.#runtimeOf(request, signal);
    const judge = request.judging?.judge;
    if (judge === undefined || judge.kind === 'comparison') return { program, judge: undefined };
    return { program, judge: await this.#runtimeOf(judge.program, signal) };
  }

  #runtimeOf(program: ProgramRequest, signal: AbortSignal): Promise<Runtime> | Runtime {
    const { extensions, runtimes, requireReady } = this.#options;
    const extended = extensions?.resolve(program, signal);
    if (extended) return extended;
    const runtime = runtimes.resolve(program.runtime);
    requireReady?.(runtime);
    return runtime;
  }

  #admit(plan: PlannedRun, call: RunCall): Promise<RunResult> {
    return this.#options.admission.admit(
      async (queueMs) => {
        call.recorder.admitted(queueMs);
        const result = await this.#inSandboxes(plan, call);
        await call.reserveMemory?.(sizeOf(result));
        return result;
      },
      {
        tenant: call.recorder.context.tenant,
        signal: call.signal,
        onQueued: (position) => void call.events?.publish({ kind: 'queued', position }),
      },
    );
  }

  /** Performs the run. Its sandboxes end with it, or as soon as it is cancelled. */
  #inSandboxes(plan: PlannedRun, { recorder, signal, events = NO_EVENTS }: RunCall): Promise<RunResult> {
    const { pool, compiler } = this.#options;
    return withLeases(pool, { tenant: recorder.context.tenant, signal }, (leases) =>
      new ActiveRun({ plan, recorder, compiler, leases, events, signal }).perform(),
    );
  }
}

function unexpected(cause: unknown): RunnerError {
  return new RunnerError('internal', 'An unexpected error occurred. The log has the details.', { cause });
}
