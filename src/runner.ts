import { randomUUID } from 'node:crypto';
import { judgeUncompiled } from './judging/judge.ts';
import { judgeProgram } from './judging/judging.ts';
import type { Prepared } from './judging/program-sandbox.ts';
import { RunAborted, RunnerError } from './run/errors.ts';
import { executionsOf, tellingExecution } from './run/judgement.ts';
import type { RunContext, RunRequest } from './run/request.ts';
import { type Collected, type Execution, type RunResult, succeeded } from './run/result.ts';
import { type JudgingPlan, planJudging } from './runtimes/judging-plan.ts';
import { type ProgramPlan, planRun, type RunPlan } from './runtimes/plan.ts';
import type { Runtime, RuntimeRegistry } from './runtimes/registry.ts';
import type { Admission } from './sandbox/admission.ts';
import { Leases } from './sandbox/leases.ts';
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
  readonly observer: RunObserver;
}

/** A run under way: what identifies it, and what there is to say about it. */
interface Run {
  readonly id: string;
  readonly runtime: string;
  readonly plan: RunPlan;
  /** `undefined` for a plain run. */
  readonly judging: JudgingPlan | undefined;
  readonly startedAt: number;
  readonly notes: string[];
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
    const judging = this.#planJudging(request, runtime);
    const run: Run = { id: randomUUID(), runtime: runtime.id, plan, judging, startedAt: performance.now(), notes: [] };
    return this.#observed(run, context, () =>
      this.#options.admission.admit((queueMs) => this.#inSandboxes(run, queueMs, signal), signal),
    );
  }

  #planJudging(request: RunRequest, program: Runtime): JudgingPlan | undefined {
    if (request.judging === undefined) return undefined;
    const { judge } = request.judging;
    const judgeRuntime =
      judge.kind === 'comparison' ? undefined : this.#options.runtimes.resolve(judge.program.runtime);
    return planJudging(request, request.judging, { program, judge: judgeRuntime });
  }

  /** Performs the run in sandboxes of its own, which end with it or as soon as the run is given up. */
  async #inSandboxes(run: Run, queueMs: number, signal: AbortSignal): Promise<RunResult> {
    using leases = new Leases(this.#options.pool, signal);
    try {
      return await perform(run, leases, queueMs);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
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

/** Prepare, then judge, or run and collect. */
async function perform(run: Run, leases: Leases, queueMs: number): Promise<RunResult> {
  const { plan, judging } = run;
  const lease = await leases.take(plan.sandbox);
  const begun = { queueMs, lease, beganAt: performance.now() };
  const compile = await prepare(plan, lease.sandbox);
  if (compile && !succeeded(compile)) {
    const judgement = judging ? judgeUncompiled(judging) : null;
    return { ...facts(run, { ...begun, compile }), judgement, status: 'compile_failed', compile, run: null };
  }
  const performed = { ...begun, compile, preparedAt: performance.now() };
  return judging ? judgeRun(run, judging, { leases, performed }) : runAndCollect(run, performed);
}

/** Stages a program and compiles it. Where there is nothing to compile, a failure shows in the command that follows. */
async function prepare(plan: ProgramPlan, sandbox: Sandbox): Promise<Execution | null> {
  sandbox.stage(plan.files);
  return plan.compile ? sandbox.execute(plan.compile) : null;
}

async function runAndCollect(run: Run, performed: Performed): Promise<RunResult> {
  const { sandbox } = performed.lease;
  const executing = sandbox.execute(run.plan.run);
  const collecting = collect(sandbox, run);
  const execution = await executing;
  const endedAt = performance.now();
  const harvest = await collecting;
  return {
    ...facts(run, { ...performed, endedAt, runs: [execution] }, harvest),
    status: execution.fate.status,
    judgement: null,
    compile: performed.compile,
    run: execution,
  };
}

interface Judged {
  readonly leases: Leases;
  readonly performed: Performed;
}

async function judgeRun(run: Run, plan: JudgingPlan, { leases, performed }: Judged): Promise<RunResult> {
  const { lease, compile } = performed;
  const prepareAnother = async (program: ProgramPlan): Promise<Prepared> => {
    const other = await leases.take(program.sandbox);
    return {
      sandbox: other.sandbox,
      compile: await prepare(program, other.sandbox),
      release: () => leases.release(other),
    };
  };
  const prepared = { sandbox: lease.sandbox, compile, release: () => leases.release(lease) };
  const judgement = await judgeProgram({ plan, program: run.plan, prepared, prepare: prepareAnother });
  const execution = tellingExecution(judgement);
  return {
    ...facts(run, { ...performed, endedAt: performance.now(), runs: executionsOf(judgement) }),
    status: execution.fate.status,
    judgement,
    compile,
    run: execution,
  };
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

/** What has been done of a run, and when. */
interface Performed {
  readonly queueMs: number;
  readonly lease: Lease;
  readonly beganAt: number;
  readonly compile: Execution | null;
  /** When the program was ready to run; left out where it never was. */
  readonly preparedAt?: number;
  readonly endedAt?: number;
  readonly runs?: readonly Execution[];
}

function facts(run: Run, performed: Performed, harvest: Harvest = { metadata: null, collected: NOTHING }) {
  const { queueMs, lease, beganAt, compile, runs = [] } = performed;
  const now = performance.now();
  const { preparedAt = now, endedAt = now } = performed;
  const compileMs = compile?.usage.wallMs ?? 0;
  const runMs = runs.reduce((sum, { usage }) => sum + usage.wallMs, 0);
  // Beside the program's own time: of a plain run all of it is staging, of a judged one what comes behind is judging.
  const preparingMs = Math.max(0, (run.judging ? preparedAt : endedAt - runMs) - beganAt - compileMs);
  const timings = {
    queueMs,
    sandboxMs: lease.waitedMs,
    stageMs: preparingMs,
    compileMs,
    runMs,
    judgeMs: run.judging ? Math.max(0, endedAt - preparedAt - runMs) : 0,
    collectMs: now - endedAt,
    totalMs: now - run.startedAt,
  };
  return { runId: run.id, runtime: run.runtime, timings, sandbox: lease.origin, ...harvest };
}
