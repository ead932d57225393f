import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { CompileCache } from '../compile-cache/compile-cache.ts';
import { Compiler } from '../compile-cache/compiler.ts';
import { ArtefactStore } from '../compile-cache/store.ts';
import type { Config } from '../config/config.ts';
import { defaultLimits } from '../core/limits.ts';
import { Engine } from '../engines/docker/api/engine.ts';
import { ContainerSandboxFactory } from '../engines/docker/container-sandbox.ts';
import { reapInstance, reapStale, removeSharedNetworks } from '../engines/docker/reaper.ts';
import { sharedNames } from '../engines/docker/shared-names.ts';
import { Readiness } from '../health/readiness.ts';
import { createApp } from '../http/app.ts';
import { isAuthEnabled } from '../http/auth.ts';
import { createBuildObserver } from '../observability/build-observer.ts';
import { createLogger } from '../observability/logger.ts';
import { Metrics } from '../observability/metrics.ts';
import { createRunObserver } from '../observability/run-observer.ts';
import { RunRecorder } from '../runs/recorder.ts';
import { Runner } from '../runs/runner.ts';
import { loadRuntimes, type RuntimeRegistry } from '../runtimes/registry.ts';
import { Admission } from '../sandbox/admission.ts';
import { Pool } from '../sandbox/pool.ts';
import { HttpServer } from './http-server.ts';
import { kernelShortages, readKernelBudgets } from './kernel-budgets.ts';
import { createPrebuilds } from './prebuilds.ts';
import { readyRuntimes } from './ready-runtimes.ts';

/** The engine collapses when asked for many containers at once. */
const CREATIONS_PER_CORE = 2;
const REAP_EVERY_MS = 60_000;
/** The engine removes a sandbox's container by itself, a moment after its end. */
const REMOVAL_PATIENCE_MS = 2000;

const NO_PREBUILDS = { count: 0, bytes: 0, building: 0, waiting: 0 };

/** Wires everything, serves, and stops in reverse. Resolves when it listens; rejects where it cannot. */
export async function start(config: Config): Promise<void> {
  const instanceId = randomUUID();
  const logger = createLogger(config.logLevel);
  const runtimes = loadRuntimes(config.runtimeDir, config.runtimes);
  const engine = new Engine(config.dockerSocket);
  const names = sharedNames(config.engineNamespace);
  const factory = new ContainerSandboxFactory({
    engine,
    instanceId,
    names,
    ociRuntime: config.ociRuntime,
    imageId: (image) => readiness.imageId(image) ?? prebuilds?.prebuilds.imageId(image),
    onTrouble: (sandboxId, error) => {
      metrics.engineFailed();
      logger.warn({ sandbox_id: sandboxId, err: error }, 'sandbox trouble');
    },
  });
  const admission = new Admission(config.admission);
  const metrics = new Metrics();
  metrics.watch({
    running: () => admission.running,
    queued: () => admission.queued,
    slots: () => config.admission.maxConcurrentRuns,
    pool: () => pool.stats(),
    compileCacheBytes: () => store.bytes,
    ...(config.prebuilds ? { prebuilds: () => prebuilds?.figures() ?? NO_PREBUILDS } : {}),
  });
  const store = new ArtefactStore({
    ...config.compileCache,
    onTrouble: (error) => {
      metrics.compileCacheTroubled();
      logger.warn({ err: error }, 'compile cache trouble');
    },
  });
  const { maxBytes } = config.compileCache;
  const compiler = new Compiler(maxBytes > 0 ? new CompileCache(store, maxBytes) : undefined);
  const pool = new Pool({
    factory,
    maxConcurrentCreations: CREATIONS_PER_CORE * availableParallelism(),
    warm: warmTargets(config, runtimes),
    maxWarm: config.warmPool.counts?.size === 0 ? 0 : config.warmPool.maxCount,
    maxWarmMemoryBytes: config.warmPool.maxMemoryBytes,
    observer: metrics.poolObserver(),
  });
  const prebuilds =
    config.prebuilds &&
    createPrebuilds(config.prebuilds, {
      engine,
      factory,
      runtimes,
      instanceId,
      names,
      ociRuntime: config.ociRuntime,
      sandboxLimits: defaultLimits(config.limits),
      observer: createBuildObserver(logger, metrics),
      onImageChange: (reference) => pool.invalidate(reference),
      onTrouble: (what, error) => logger.warn({ err: error }, what),
      onCleanUp: (removed) => logger.info({ removed }, 'prebuilds cleaned up'),
    });
  const canaryAdmission = new Admission({ maxConcurrentRuns: 1, maxQueue: 0, queueTimeoutMs: 1000 });
  const canaryRunner = new Runner({
    runtimes,
    admission: canaryAdmission,
    pool,
    // A canary proves the compiler, too.
    compiler: new Compiler(undefined),
  });
  const readiness = new Readiness({
    engine: {
      ping: () => engine.ping(),
      imageIds: (images) => engine.findImageIds(images),
      dryRunCreate: (image) => factory.dryRunCreate({ image, limits: defaultLimits(config.limits) }),
    },
    onImageChange: (image) => pool.invalidate(image),
    runtimes,
    required: readyRuntimes(config, runtimes),
    canaries: {
      limits: config.limits,
      run: (request, signal) => canaryRunner.run(request, { recorder: canaryRecorder(), signal }),
    },
    longestCreationMs: () => pool.longestCreationMs,
    onChange: (reasons) =>
      logger[reasons.length === 0 ? 'info' : 'warn']({ reasons }, reasons.length === 0 ? 'ready' : 'not ready'),
  });
  const runner = new Runner({
    runtimes,
    extensions: prebuilds?.prebuilds,
    admission,
    pool,
    compiler,
    requireReady: (runtime) => readiness.requireReady(runtime),
  });
  const app = createApp({
    version: packageVersion(),
    credentials: config.auth,
    allowedHosts: config.allowedHosts,
    policy: config.limits,
    maxBytesInFlight: config.maxBytesInFlight,
    runner,
    runObserver: createRunObserver(logger, metrics),
    runtimes,
    prebuilds: prebuilds?.prebuilds,
    health: {
      health: () => readiness.health(),
      problems: async () => [...admissionProblems(admission), ...(await readiness.problems())],
    },
    metrics,
    isDraining: () => admission.isDraining,
    onError: (error, requestId) => logger.error({ request_id: requestId, err: error }, 'unexpected error'),
  });

  if (!isAuthEnabled(config.auth))
    logger.warn('no AUTH_TOKEN and no CODE_RUNNER_API_KEYS: everyone who can connect can run programs');
  const ceilings = { runs: config.admission.maxConcurrentRuns, pids: config.limits.pids.max };
  for (const shortage of kernelShortages(readKernelBudgets(), ceilings)) logger.warn(shortage);
  void readiness.watch();
  void prebuilds?.prebuilds.watch();
  const reap = () => {
    reapStale(engine).then(
      (count) => {
        metrics.reaped(count);
        if (count > 0) logger.warn({ count }, 'reaped sandboxes that never ran');
      },
      (error) => logger.warn({ err: error }, 'reaping failed'),
    );
  };
  reap();
  const reaping = setInterval(reap, REAP_EVERY_MS);
  const { host, port, maxConnections } = config;
  const server = await HttpServer.start({ fetch: app.fetch, host, port, maxConnections });
  const bound = { address: server.address.address, port: server.address.port };
  logger.info({ ...bound, runtimes: runtimes.all.map(({ id }) => id), instance: instanceId }, 'listening');

  const stop = async () => {
    logger.info({ running: admission.running, queued: admission.queued }, 'draining');
    const drained = admission.drain();
    await prebuilds?.prebuilds.close();
    await drained;
    readiness.stop();
    clearInterval(reaping);
    await server.close();
    await Promise.all([pool.close(), store.settle()]);
    const left = await reapInstance(engine, instanceId, REMOVAL_PATIENCE_MS);
    await removeSharedNetworks(engine, names);
    logger.info({ reaped: left }, 'stopped');
  };
  exitOnSignals(stop, (error) => logger.error({ err: error }, 'unclean stop'));
}

/** What to keep warm: as configured, else one sandbox of each runtime, and of the default one for each core. */
function warmTargets({ warmPool, limits }: Config, runtimes: RuntimeRegistry) {
  const counts = warmPool.counts ?? defaultCounts(runtimes);
  return [...counts].map(([id, count]) => ({
    spec: { image: runtimes.resolve(id).image, limits: defaultLimits(limits) },
    count,
  }));
}

function defaultCounts(runtimes: RuntimeRegistry): ReadonlyMap<string, number> {
  return new Map(runtimes.all.map(({ id }) => [id, id === runtimes.default.id ? availableParallelism() : 1]));
}

/** Canaries are told by the readiness that they lead to. */
function canaryRecorder(): RunRecorder {
  const context = { runId: 'canary', requestId: 'canary', traceparent: undefined, tenant: 'canary' };
  return new RunRecorder(context, { runEnded: () => undefined });
}

function admissionProblems(admission: Admission): string[] {
  return [...(admission.isDraining ? ['draining'] : []), ...(admission.isQueueFull ? ['the queue is full'] : [])];
}

/** The first signal drains, a second one leaves at once. */
function exitOnSignals(stop: () => Promise<void>, onError: (error: unknown) => void): void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const leaveNow = () => process.exit(1);
  const drain = () => {
    for (const signal of signals) process.off(signal, drain).on(signal, leaveNow);
    stop().then(
      () => process.exit(0),
      (error) => {
        onError(error);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, drain);
}

function packageVersion(): string {
  const candidates = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url));
  for (const url of candidates) {
    try {
      return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
    } catch {
      // Compiled files lie one folder deeper than the sources.
    }
  }
  return 'unknown';
}
