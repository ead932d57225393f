import { type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LogLevel } from '../config/config.ts';
import { ERROR_TABLE, RunAborted, RunnerError } from '../core/errors.ts';
import { executionsOf } from '../core/judgement.ts';
import type { Execution, Judgement, RunResult, Timings } from '../core/result.ts';
import type { BuildObserver, BuildOutcome } from '../prebuilds/builds.ts';
import type { RunObserver, RunOutcome } from '../runs/runner.ts';
import type { PoolObserver, PoolStats } from '../sandbox/pool.ts';

const PINO_LEVELS = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/** How often the lag of the event loop is sampled: each time wakes an idle process. */
const LAG_SAMPLE_MS = 500;

/** JSON lines on standard output; errors with their causes. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level: PINO_LEVELS[level], base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

/** What can be counted right now, asked at every scrape. */
export interface Gauges {
  running(): number;
  queued(): number;
  slots(): number;
  pool(): readonly PoolStats[];
  compileCacheBytes(): number;
  /** Left out where there are no prebuilds. */
  prebuilds?: () => PrebuildFigures;
}

export interface PrebuildFigures {
  readonly count: number;
  /** Bytes that all of them together add to their bases. */
  readonly bytes: number;
  readonly building: number;
  readonly waiting: number;
}

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The service's Prometheus metrics. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'code_runner_http_requests_total',
    help: 'Answered requests by route and status.',
    labelNames: ['route', 'status'],
    registers: [this.#registry],
  });
  readonly #runs = new Counter({
    name: 'code_runner_runs_total',
    help: 'Runs by runtime and how they ended: a run status, or the code of the error answered instead.',
    labelNames: ['runtime', 'status'],
    registers: [this.#registry],
  });
  readonly #verdicts = new Counter({
    name: 'code_runner_verdicts_total',
    help: 'Judged runs by runtime and verdict.',
    labelNames: ['runtime', 'verdict'],
    registers: [this.#registry],
  });
  readonly #leases = new Counter({
    name: 'code_runner_pool_leases_total',
    help: 'Sandboxes handed to runs: warm ones were ready, cold ones had to be made.',
    labelNames: ['image', 'origin'],
    registers: [this.#registry],
  });
  readonly #sandboxes = new Counter({
    name: 'code_runner_sandboxes_total',
    help: 'Sandboxes created, failed to be created, removed after use, and reaped.',
    labelNames: ['image', 'event'],
    registers: [this.#registry],
  });
  readonly #builds = new Counter({
    name: 'code_runner_prebuild_builds_total',
    help: 'Builds of prebuilds by base and how they ended: ready, or the code of the error.',
    labelNames: ['base', 'status'],
    registers: [this.#registry],
  });
  readonly #engineErrors = new Counter({
    name: 'code_runner_engine_errors_total',
    help: 'Calls to the container engine that failed.',
    registers: [this.#registry],
  });
  readonly #phases = new Histogram({
    name: 'code_runner_phase_seconds',
    help: 'Where the time of answered runs went.',
    labelNames: ['runtime', 'phase'],
    buckets: SECONDS_BUCKETS,
    registers: [this.#registry],
  });

  readonly #compiles = new Counter({
    name: 'code_runner_compiles_total',
    help: 'Compile phases of answered runs; cached ones were spared.',
    labelNames: ['runtime', 'cached'],
    registers: [this.#registry],
  });
  readonly #compileCacheTroubles = new Counter({
    name: 'code_runner_compile_cache_troubles_total',
    help: 'Entries of the compile cache that were damaged, and failures to read or write it.',
    registers: [this.#registry],
  });

  constructor(gauges: Gauges) {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LAG_SAMPLE_MS });
    this.#gauge('code_runner_runs_in_progress', 'Runs that hold a slot.', gauges.running);
    this.#gauge('code_runner_queue_depth', 'Runs that wait for a slot.', gauges.queued);
    this.#gauge('code_runner_slots', 'Runs that may be in progress at a time.', gauges.slots);
    this.#gauge('code_runner_compile_cache_bytes', 'Compiled programs kept on disk.', gauges.compileCacheBytes);
    this.#poolGauge(gauges.pool);
    if (gauges.prebuilds) this.#prebuildGauges(gauges.prebuilds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** What the pool tells goes into counters. */
  poolObserver(): PoolObserver {
    return {
      leased: (image, origin) => this.#leases.inc({ image: imageLabel(image), origin }),
      created: (image) => this.#sandboxes.inc({ image: imageLabel(image), event: 'created' }),
      creationFailed: (image) => {
        this.#sandboxes.inc({ image: imageLabel(image), event: 'failed' });
        this.#engineErrors.inc();
      },
      removed: (image) => this.#sandboxes.inc({ image: imageLabel(image), event: 'removed' }),
    };
  }

  buildEnded({ base, error }: BuildOutcome): void {
    this.#builds.inc({ base, status: error === undefined ? 'ready' : errorLabel(error) });
  }

  engineFailed(): void {
    this.#engineErrors.inc();
  }

  compileCacheTroubled(): void {
    this.#compileCacheTroubles.inc();
  }

  reaped(count: number): void {
    this.#sandboxes.inc({ image: '', event: 'reaped' }, count);
  }

  requestAnswered(route: string, status: number): void {
    this.#requests.inc({ route, status });
  }

  runEnded({ runtime, result, error }: RunOutcome): void {
    this.#runs.inc({ runtime, status: result?.status ?? errorLabel(error) });
    if (!result) return;
    this.#observePhases(runtime, result);
    if (result.compile) this.#compiles.inc({ runtime, cached: String(result.compile.cached) });
    if (result.judgement) this.#verdicts.inc({ runtime, verdict: result.judgement.verdict });
  }

  #observePhases(runtime: string, { timings }: RunResult): void {
    const phases = {
      queue: timings.queueMs,
      sandbox: timings.sandboxMs,
      stage: timings.stageMs,
      compile: timings.compileMs,
      run: timings.runMs,
      judge: timings.judgeMs,
      collect: timings.collectMs,
      total: timings.totalMs,
    };
    for (const [phase, milliseconds] of Object.entries(phases)) {
      this.#phases.observe({ runtime, phase }, milliseconds / 1000);
    }
  }

  #prebuildGauges(read: () => PrebuildFigures): void {
    this.#gauge('code_runner_prebuilds', 'Prebuilds that are there.', () => read().count);
    this.#gauge('code_runner_prebuild_bytes', 'Disk that prebuilds take beside their bases.', () => read().bytes);
    this.#gauge('code_runner_prebuilds_building', 'Builds in progress.', () => read().building);
    this.#gauge('code_runner_prebuilds_waiting', 'Builds that wait for others.', () => read().waiting);
  }

  #poolGauge(read: () => readonly PoolStats[]): void {
    new Gauge({
      name: 'code_runner_pool_sandboxes',
      help: 'Sandboxes that are ready or being made.',
      labelNames: ['image', 'state'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { image, warm, starting } of read()) {
          this.inc({ image: imageLabel(image), state: 'warm' }, warm);
          this.inc({ image: imageLabel(image), state: 'starting' }, starting);
        }
      },
    });
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}

/** Prebuilds have names without number: in the metrics they are one. */
function imageLabel(image: string): string {
  return image.split(':')[0] ?? image;
}

/** Feeds the log and the metrics with builds of prebuilds. */
export function createBuildObserver(logger: Logger, metrics: Metrics): BuildObserver {
  return {
    buildEnded(outcome) {
      metrics.buildEnded(outcome);
      const { base, specHash, totalMs, error } = outcome;
      const facts = { base, spec: specHash, total_ms: round(totalMs) };
      if (error === undefined) logger.info(facts, 'prebuild built');
      else logger[isOurFault(error) ? 'error' : 'info']({ ...facts, ...failure(error) }, 'prebuild not built');
    },
  };
}

/** Feeds the log and the metrics. A run is one log line: what happened and what it cost, never what it said or was sent. */
export function createRunObserver(logger: Logger, metrics: Metrics): RunObserver {
  return {
    runEnded(outcome) {
      metrics.runEnded(outcome);
      const { result, error } = outcome;
      if (result) logger.info({ ...identity(outcome), ...cost(result) }, 'run');
      else
        logger[isOurFault(error) ? 'error' : 'info']({ ...identity(outcome), ...failure(error) }, 'run not answered');
    },
  };
}

function identity({ runId, runtime, context, totalMs, notes }: RunOutcome) {
  return {
    run_id: runId,
    request_id: context.requestId,
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    runtime,
    total_ms: round(totalMs),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function cost(result: RunResult) {
  const last = result.run ?? result.compile;
  const { fate, stdout, stderr } = last;
  return {
    status: result.status,
    ...(fate.status === 'completed' ? { exit_code: fate.exitCode } : {}),
    ...(fate.status === 'signaled' ? { signal: fate.signal } : {}),
    sandbox: result.sandbox,
    queue_ms: round(result.timings.queueMs),
    sandbox_ms: round(result.timings.sandboxMs),
    compile_ms: round(result.timings.compileMs),
    ...(result.compile ? { compile_cached: result.compile.cached } : {}),
    run_ms: round(result.timings.runMs),
    ...(result.judgement ? judgementFacts(result.judgement, result.timings) : {}),
    ...usageOf(result.judgement && result.run ? executionsOf(result.judgement) : [last]),
    stdout_bytes: stdout.bytes.length,
    stderr_bytes: stderr.bytes.length,
  };
}

function judgementFacts({ verdict, tests }: Judgement, { judgeMs }: Timings) {
  return { verdict, tests: tests.length, judge_ms: round(judgeMs) };
}

/** What executions cost together, and the largest peak of memory where one is known. */
function usageOf(executions: readonly Execution[]) {
  const peaks = executions.flatMap(({ usage }) => usage.memoryPeakBytes ?? []);
  return {
    cpu_ms: round(executions.reduce((sum, { usage }) => sum + (usage.cpuMs ?? 0), 0)),
    ...(peaks.length > 0 ? { memory_peak_bytes: peaks.reduce((most, bytes) => Math.max(most, bytes)) } : {}),
  };
}

function failure(error: unknown) {
  if (error instanceof RunAborted) return { reason: error.reason };
  if (!(error instanceof RunnerError)) return { err: error };
  const { code, detail, cause } = error;
  if (cause === undefined) return { code, detail };
  return { code, detail, ...(cause instanceof Error ? { err: cause } : { cause: String(cause) }) };
}

function errorLabel(error: unknown): string {
  if (error instanceof RunAborted) return error.reason;
  return error instanceof RunnerError ? error.code : 'internal';
}

/** Whether somebody on this side has to mend something. */
function isOurFault(error: unknown): boolean {
  if (error instanceof RunAborted) return false;
  const fault = error instanceof RunnerError ? ERROR_TABLE[error.code].fault : 'service';
  return fault === 'service' || fault === 'operator';
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
