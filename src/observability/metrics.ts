import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RunResult } from '../core/result.ts';
import type { BuildOutcome } from '../prebuilds/builds.ts';
import type { DiagnosisOutcome } from '../runs/diagnoser.ts';
import type { RunOutcome } from '../runs/recorder.ts';
import type { ShedReason } from '../sandbox/admission.ts';
import type { PoolObserver } from '../sandbox/lease.ts';
import { errorLabel } from './failure.ts';
import { addGauges, type Gauges } from './gauges.ts';
import { imageLabel, UNKNOWN_RUNTIME } from './labels.ts';

/** How often the event loop lag is sampled. Each sample wakes an idle process, so not too often. */
const LAG_SAMPLE_MS = 500;
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The service's Prometheus metrics. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'code_runner_http_requests_total',
    help: 'Responses by route and HTTP status.',
    labelNames: ['route', 'status'],
    registers: [this.#registry],
  });
  readonly #streamsOpen = new Gauge({
    name: 'code_runner_streams_open',
    help: 'Event streams that are being sent, by route.',
    labelNames: ['route'],
    registers: [this.#registry],
  });
  readonly #streams = new Counter({
    name: 'code_runner_streams_total',
    help: 'Event streams by route and end: complete, left (the client disconnected), stalled (it read nothing for STREAM_STALL), failed.',
    labelNames: ['route', 'end'],
    registers: [this.#registry],
  });
  readonly #runs = new Counter({
    name: 'code_runner_runs_total',
    help: 'Runs by runtime and end: the run status, or the code of the error.',
    labelNames: ['runtime', 'status'],
    registers: [this.#registry],
  });
  readonly #diagnoses = new Counter({
    name: 'code_runner_diagnoses_total',
    help: 'Diagnoses by runtime and end: clean, problems, or the code of the error.',
    labelNames: ['runtime', 'status'],
    registers: [this.#registry],
  });
  readonly #shed = new Counter({
    name: 'code_runner_runs_shed_total',
    help: 'Runs refused with over_capacity at the queue, by whose share was used up: of their tenant, or of the whole service.',
    labelNames: ['reason'],
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
    help: 'Sandboxes leased to runs: warm ones were ready, cold ones had to be created.',
    labelNames: ['image', 'origin'],
    registers: [this.#registry],
  });
  readonly #sandboxes = new Counter({
    name: 'code_runner_sandboxes_total',
    help: 'Sandboxes by event: created, failed (could not be created), removed, reaped, cells_refused (an image fell back to containers).',
    labelNames: ['image', 'event'],
    registers: [this.#registry],
  });
  readonly #builds = new Counter({
    name: 'code_runner_prebuild_builds_total',
    help: 'Builds of prebuilds by base and end: ready, or the code of the error.',
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
    help: 'Duration of each phase of successful runs, in seconds.',
    labelNames: ['runtime', 'phase'],
    buckets: SECONDS_BUCKETS,
    registers: [this.#registry],
  });

  readonly #compiles = new Counter({
    name: 'code_runner_compiles_total',
    help: 'Compile phases of successful runs, by runtime and whether the result was cached.',
    labelNames: ['runtime', 'cached'],
    registers: [this.#registry],
  });
  readonly #startedAhead = new Counter({
    name: 'code_runner_started_ahead_total',
    help: 'Successful runs whose interpreter was already waiting for them, by runtime.',
    labelNames: ['runtime'],
    registers: [this.#registry],
  });
  readonly #compileCacheErrors = new Counter({
    name: 'code_runner_compile_cache_errors_total',
    help: 'Errors of the compile cache: damaged entries, and failures to read or write.',
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LAG_SAMPLE_MS });
  }

  /** Adds gauges that are read at every scrape. */
  watch(gauges: Gauges): void {
    addGauges(this.#registry, gauges);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** An observer that counts what the pool does. */
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

  compileCacheFailed(): void {
    this.#compileCacheErrors.inc();
  }

  cellsRefused(image: string): void {
    this.#sandboxes.inc({ image: imageLabel(image), event: 'cells_refused' });
  }

  reaped(count: number): void {
    this.#sandboxes.inc({ image: '', event: 'reaped' }, count);
  }

  runShed(reason: ShedReason): void {
    this.#shed.inc({ reason });
  }

  responseSent(route: string, status: number): void {
    this.#requests.inc({ route, status });
  }

  streamBegan(route: string): void {
    this.#streamsOpen.inc({ route });
  }

  streamEnded(route: string, end: string): void {
    this.#streamsOpen.dec({ route });
    this.#streams.inc({ route, end });
  }

  diagnosed({ runtime = UNKNOWN_RUNTIME, problems, error }: DiagnosisOutcome): void {
    const found = problems === 0 ? 'clean' : 'problems';
    this.#diagnoses.inc({ runtime, status: error === undefined ? found : errorLabel(error) });
  }

  runEnded({ runtime = UNKNOWN_RUNTIME, result, error }: RunOutcome): void {
    this.#runs.inc({ runtime, status: result?.status ?? errorLabel(error) });
    if (!result) return;
    this.#observePhases(runtime, result);
    if (result.compile) this.#compiles.inc({ runtime, cached: String(result.compile.cached) });
    if (result.run?.startedAhead) this.#startedAhead.inc({ runtime });
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
}
