import { randomUUID } from 'node:crypto';
import type { Compiler } from '../compile-cache/compiler.ts';
import { RunAborted, RunnerError } from '../core/errors.ts';
import { executionsOf, representativeExecution } from '../core/judgement.ts';
import type { ProgramPlan, RunPlan } from '../core/plan.ts';
import type { ProgramRequest, RunContext, RunRequest } from '../core/request.ts';
import { type Compilation, type RunResult, sizeOf, succeeded } from '../core/result.ts';
import { judgeProgram } from '../judging/judge-program.ts';
import type { TestSuitePlan } from '../judging/plan.ts';
import type { Prepared } from '../judging/program-sandbox.ts';
import { uncompiledJudgement } from '../judging/run-tests.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';
import type { Admission } from '../sandbox/admission.ts';
import { Leases } from '../sandbox/leases.ts';
import type { Pool } from '../sandbox/pool.ts';
import type { Sandbox } from '../sandbox/ports.ts';
import { collectResults } from './collect-results.ts';
import { type Begun, factsOf, type Performed } from './performed.ts';
import { planRun } from './plan.ts';
import { planTestSuite, type TestSuiteRuntimes } from './test-suite-plan.ts';

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

/** Finds the runtime of a program that wants more than a plain one, building it where it is not there; `undefined` for all others. */
export interface RuntimeExtensions {
  resolve(program: ProgramRequest, signal: AbortSignal): Promise<Runtime> | undefined;
}

export interface RunnerOptions {
  readonly runtimes: RuntimeRegistry;
  /** Left out: there are plain runtimes only. */
  readonly extensions?: RuntimeExtensions | undefined;
  readonly admission: Pick<Admission, 'admit'>;
  readonly pool: Pick<Pool, 'lease'>;
  readonly compiler: Pick<Compiler, 'prepare'>;
  readonly observer: RunObserver;
}

/** A run under way: what it will do, and what there is to say about it. */
interface Run extends Begun {
  readonly plan: RunPlan;
  /** `undefined` for a plain run. */
  readonly judging: TestSuitePlan | undefined;
  readonly notes: string[];
}

/** Where and for whom a run takes place. */
interface Place {
  readonly leases: Leases;
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
    const run = this.#begin(request, await this.#runtimesOf(request, signal));
    return this.#observed(run, context, () =>
      this.#options.admission.admit(async (queueMs) => {
        const result = await this.#inSandboxes(run, queueMs, signal);
        await context.makeRoom?.(sizeOf(result));
        return result;
      }, signal),
    );
  }

  #begin(request: RunRequest, runtimes: TestSuiteRuntimes): Run {
    const { program } = runtimes;
    const plan = planRun(request, program);
    const judging = request.judging && planTestSuite(request, request.judging, runtimes);
    const isJudged = judging !== undefined;
    return { id: randomUUID(), runtime: program.id, plan, judging, isJudged, startedAt: performance.now(), notes: [] };
  }

  async #runtimesOf(request: RunRequest, signal: AbortSignal): Promise<TestSuiteRuntimes> {
    const program = await this.#runtimeOf(request, signal);
    const judge = request.judging?.judge;
    if (judge === undefined || judge.kind === 'comparison') return { program, judge: undefined };
    return { program, judge: await this.#runtimeOf(judge.program, signal) };
  }

  #runtimeOf(program: ProgramRequest, signal: AbortSignal): Promise<Runtime> | Runtime {
    return this.#options.extensions?.resolve(program, signal) ?? this.#options.runtimes.resolve(program.runtime);
  }

  /** Performs the run in sandboxes of its own, which end with it or as soon as the run is given up. */
  async #inSandboxes(run: Run, queueMs: number, signal: AbortSignal): Promise<RunResult> {
    using leases = new Leases(this.#options.pool, signal);
    try {
      return await this.#perform(run, { leases, queueMs, signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** Prepare, then judge, or run and collect. */
  async #perform(run: Run, place: Place): Promise<RunResult> {
    const { plan, judging } = run;
    const lease = await place.leases.take(plan.sandbox);
    const begun = { queueMs: place.queueMs, lease, beganAt: performance.now() };
    const compile = await this.#prepare(plan, lease.sandbox, place.signal);
    if (compile && !succeeded(compile)) {
      const judgement = judging ? uncompiledJudgement(judging) : null;
      return { ...factsOf(run, { ...begun, compile }), judgement, status: 'compile_failed', compile, run: null };
    }
    const performed = { ...begun, compile, preparedAt: performance.now() };
    return judging ? this.#judge(run, { plan: judging, place, performed }) : runAndCollect(run, performed);
  }

  /** Stages a program and compiles it. Where there is nothing to compile, a failure shows in the command that follows. */
  async #prepare(plan: ProgramPlan, sandbox: Sandbox, signal: AbortSignal): Promise<Compilation | null> {
    const { compile: command, artefact, files } = plan;
    const { limits } = plan.sandbox;
    if (command) return this.#options.compiler.prepare({ command, artefact, files, limits }, sandbox, signal);
    sandbox.stage(files);
    return null;
  }

  async #judge(run: Run, { plan, place, performed }: Judged): Promise<RunResult> {
    const { leases, signal } = place;
    const { lease, compile } = performed;
    const prepare = async (program: ProgramPlan): Promise<Prepared> => {
      const other = await leases.take(program.sandbox);
      const compiled = await this.#prepare(program, other.sandbox, signal);
      return { sandbox: other.sandbox, compile: compiled, release: () => leases.release(other) };
    };
    const prepared = { sandbox: lease.sandbox, compile, release: () => leases.release(lease) };
    const judgement = await judgeProgram({ plan, program: run.plan, prepared, prepare });
    const execution = representativeExecution(judgement);
    return {
      ...factsOf(run, { ...performed, endedAt: performance.now(), runs: executionsOf(judgement) }),
      status: execution.fate.status,
      judgement,
      compile,
      run: execution,
    };
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

interface Judged {
  readonly plan: TestSuitePlan;
  readonly place: Place;
  readonly performed: Performed;
}

async function runAndCollect(run: Run, performed: Performed): Promise<RunResult> {
  const { sandbox } = performed.lease;
  const executing = sandbox.execute(run.plan.run);
  const harvesting = collectResults(sandbox, run.plan, run.notes);
  const execution = await executing;
  const endedAt = performance.now();
  const harvested = await harvesting;
  return {
    ...factsOf(run, { ...performed, endedAt, runs: [execution] }, harvested),
    status: execution.fate.status,
    judgement: null,
    compile: performed.compile,
    run: execution,
  };
}
