import type { Compiler } from '../compile-cache/compiler.ts';
import { compileErrorOf, errorOf } from '../core/find-error.ts';
import { executionsOf, representativeTest } from '../core/judgement.ts';
import type { ProgramPlan, RunPlan } from '../core/plan.ts';
import { type Compilation, type RunResult, succeeded } from '../core/result.ts';
import type { RunEvents } from '../core/run-events.ts';
import { judgeProgram } from '../judging/judge-program.ts';
import type { TestSuitePlan } from '../judging/plan.ts';
import { uncompiledJudgement } from '../judging/run-tests.ts';
import type { Leases } from '../sandbox/leases.ts';
import type { Sandbox } from '../sandbox/ports.ts';
import { collectResults, NO_RESULTS } from './collect-results.ts';
import type { RunRecorder } from './recorder.ts';
import { RunFeed } from './run-feed.ts';

/** The plan of a run. */
export interface PlannedRun {
  readonly program: RunPlan;
  /** `undefined` for a plain run. */
  readonly tests: TestSuitePlan | undefined;
}

export interface ActiveRunOptions {
  readonly plan: PlannedRun;
  readonly recorder: RunRecorder;
  readonly compiler: Pick<Compiler, 'prepare'>;
  readonly leases: Leases;
  readonly events: RunEvents;
  readonly signal: AbortSignal;
}

/** A sandbox with a program that is ready to run or did not compile. */
interface Prepared {
  readonly sandbox: Sandbox;
  readonly compile: Compilation | null;
  release(): void;
}

/** A run that has been admitted. It leases sandboxes, prepares the program, and executes or judges it. */
export class ActiveRun {
  readonly #options: ActiveRunOptions;

  constructor(options: ActiveRunOptions) {
    this.#options = options;
  }

  /** Rejects with `RunnerError` if the service failed, or with the signal's reason if the run was cancelled. */
  async perform(): Promise<RunResult> {
    const { plan, recorder } = this.#options;
    const lease = await this.#options.leases.take(plan.program.sandbox);
    recorder.leased(lease);
    const feed = new RunFeed(this.#options.events, lease.origin);
    const compile = await this.#compileFollowed(plan.program, lease.sandbox, feed);
    recorder.prepared(compile);
    if (compile && !succeeded(compile)) return this.#uncompiled(compile, feed);
    if (compile) feed.compiled(compile);
    const prepared = { sandbox: lease.sandbox, compile, release: () => this.#options.leases.release(lease) };
    return plan.tests ? this.#judge(plan.tests, prepared, feed) : this.#runAndCollect(prepared, feed);
  }

  async #compileFollowed(program: ProgramPlan, sandbox: Sandbox, feed: RunFeed): Promise<Compilation | null> {
    const followed = program.compile && feed.compile(program.compile);
    const compile = await this.#compile({ ...program, compile: followed?.command }, sandbox);
    if (compile) await followed?.finish(compile);
    return compile;
  }

  /** Stages a program and compiles it. If there is nothing to compile, a failure to stage is reported by the next command. */
  async #compile(program: ProgramPlan, sandbox: Sandbox): Promise<Compilation | null> {
    const { compile: command, artefact, files } = program;
    const { limits } = program.sandbox;
    const { compiler, signal } = this.#options;
    if (command) return compiler.prepare({ command, artefact, files, limits }, sandbox, signal);
    sandbox.stage(files);
    return null;
  }

  #uncompiled(compile: Compilation, feed: RunFeed): RunResult {
    const { plan, recorder } = this.#options;
    const judgement = plan.tests ? uncompiledJudgement(plan.tests) : null;
    for (const test of judgement?.tests ?? []) feed.ended(test);
    const error = compileErrorOf(compile, plan.program.errors);
    return { ...recorder.facts(), ...NO_RESULTS, error, judgement, status: 'compile_failed', compile, run: null };
  }

  async #judge(tests: TestSuitePlan, prepared: Prepared, runFeed: RunFeed): Promise<RunResult> {
    const { plan, recorder } = this.#options;
    const prepare = (program: ProgramPlan) => this.#prepareAnother(program);
    const feed = runFeed.tests(tests.judge.kind === 'interactor');
    const judgement = await judgeProgram({ plan: tests, program: plan.program, prepared, prepare, feed });
    recorder.judged(executionsOf(judgement));
    const { execution: run, error } = representativeTest(judgement);
    const { compile } = prepared;
    return { ...recorder.facts(), ...NO_RESULTS, error, status: run.fate.status, judgement, compile, run };
  }

  async #prepareAnother(program: ProgramPlan): Promise<Prepared> {
    const { leases } = this.#options;
    const lease = await leases.take(program.sandbox);
    const compile = await this.#compile(program, lease.sandbox);
    return { sandbox: lease.sandbox, compile, release: () => leases.release(lease) };
  }

  async #runAndCollect({ sandbox, compile }: Prepared, feed: RunFeed): Promise<RunResult> {
    const { plan, recorder } = this.#options;
    const followed = feed.run(plan.program.run);
    const executing = sandbox.execute(followed.command);
    const collecting = collectResults(sandbox, plan.program, (note) => recorder.note(note));
    const run = await executing;
    recorder.executed(run, followed.startedAt);
    const [results] = await Promise.all([collecting, followed.finish(run)]);
    const error = errorOf(run, plan.program.errors.run);
    return { ...recorder.facts(), ...results, error, status: run.fate.status, judgement: null, compile, run };
  }
}
