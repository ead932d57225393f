import { availableParallelism } from 'node:os';
import type { Config } from '../config/config.ts';
import type { AheadCommand } from '../core/command.ts';
import { defaultLimits } from '../core/limits.ts';
import { ContainerSandboxFactory } from '../engines/docker/sandbox-factory.ts';
import { createPoolObserver } from '../observability/pool-observer.ts';
import { aheadCommand } from '../runs/plan.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';
import { Pool } from '../sandbox/pool.ts';
import type { Foundation } from './foundation.ts';
import { kernelShortages, readKernelBudgets } from './kernel-budgets.ts';
import type { Part } from './parts.ts';

/** The engine slows down badly if many containers are created at once. */
const CREATIONS_PER_CORE = 2;

/** The factory that creates sandboxes, and the pool that keeps some of them warm. */
export function createSandboxes(foundation: Foundation) {
  const { config, engine, instanceId, imageIds, logger, metrics, names, runtimes } = foundation;
  const factory = new ContainerSandboxFactory({
    engine,
    instanceId,
    names,
    ociRuntime: config.ociRuntime,
    cells: { ...config.cells, onRefused: (image, problem) => reportNoCells(foundation, image, problem) },
    ahead: commandsByImage(config.start === 'plain' ? [] : runtimes.all),
    forkServer: commandsByImage(config.start === 'fork' ? runtimes.all.filter(canBeForked) : []),
    imageId: (image) => imageIds.find(image),
    onError: (sandboxId, error) => {
      metrics.engineFailed();
      logger.warn({ sandbox_id: sandboxId, err: error }, 'sandbox error');
    },
  });
  const pool = new Pool({
    factory,
    maxConcurrentCreations: CREATIONS_PER_CORE * availableParallelism(),
    startTimeoutMs: config.sandboxStartTimeoutMs,
    warm: warmTargets(config, runtimes),
    cellLimits: defaultLimits(config.limits),
    maxWarm: config.warmPool.counts?.size === 0 ? 0 : config.warmPool.maxCount,
    maxWarmMemoryBytes: config.warmPool.maxMemoryBytes,
    observer: createPoolObserver(logger, metrics),
  });
  const start = () => {
    warnOfShortages(foundation);
    pool.start();
  };
  const part: Part = { name: 'warm pool', start, stop: () => pool.close() };
  return { factory, pool, part };
}

/** By image. Packages of a prebuild may do anything at the start, so prebuilds start in the ordinary way. */
function commandsByImage(runtimes: readonly Runtime[]): (image: string) => AheadCommand | undefined {
  const commands = new Map(runtimes.map((runtime) => [runtime.image, aheadCommand(runtime)]));
  return (image) => commands.get(image);
}

function canBeForked({ manifest }: Runtime): boolean {
  return manifest.fork_server;
}

function reportNoCells({ logger, metrics }: Foundation, image: string, problem: string): void {
  metrics.cellsRefused(image);
  logger.warn({ image, problem }, 'cells do not work here: every run of this image gets a container of its own');
}

function warnOfShortages({ config, logger }: Foundation): void {
  const ceilings = { runs: config.admission.maxConcurrentRuns, pids: config.limits.pids.max };
  for (const shortage of kernelShortages(readKernelBudgets(), ceilings)) logger.warn(shortage);
}

/** What to keep warm: the configured counts, else one sandbox per runtime, and one per core for the default runtime. */
function warmTargets({ warmPool, limits, isolation }: Config, runtimes: RuntimeRegistry) {
  const counts = warmPool.counts ?? defaultCounts(runtimes);
  return [...counts].map(([id, count]) => ({
    spec: { image: runtimes.resolve(id).image, limits: defaultLimits(limits), isolation },
    count,
  }));
}

function defaultCounts(runtimes: RuntimeRegistry): ReadonlyMap<string, number> {
  return new Map(runtimes.all.map(({ id }) => [id, id === runtimes.default.id ? availableParallelism() : 1]));
}
