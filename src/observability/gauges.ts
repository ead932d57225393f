import { Gauge, type Registry } from 'prom-client';
import type { PoolStats } from '../sandbox/spec-pools.ts';
import { imageLabel } from './labels.ts';

/** Functions that return current values, called at every scrape. */
export interface Gauges {
  running(): number;
  queued(): number;
  slots(): number;
  pool(): readonly PoolStats[];
  compileCacheBytes(): number;
  /** Left out if prebuilds are disabled. */
  prebuilds?: () => PrebuildFigures;
}

export interface PrebuildFigures {
  readonly count: number;
  /** Bytes that all prebuilds together add to their bases. */
  readonly bytes: number;
  readonly building: number;
  readonly waiting: number;
}

/** Adds these gauges to the registry. */
export function addGauges(registry: Registry, gauges: Gauges): void {
  const add = (name: string, help: string, read: () => number) => addGauge(registry, { name, help }, read);
  add('code_runner_runs_in_progress', 'Runs that hold a slot.', gauges.running);
  add('code_runner_queue_depth', 'Runs that wait for a slot.', gauges.queued);
  add('code_runner_slots', 'Maximum number of runs in progress.', gauges.slots);
  add('code_runner_compile_cache_bytes', 'Size of the compiled programs on disk.', gauges.compileCacheBytes);
  addPoolGauge(registry, gauges.pool);
  const poolBytes = () => gauges.pool().reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  add('code_runner_pool_memory_bytes', 'Sum of the memory limits of the sandboxes that are ready.', poolBytes);
  const { prebuilds } = gauges;
  if (!prebuilds) return;
  add('code_runner_prebuilds', 'Number of prebuilds.', () => prebuilds().count);
  add('code_runner_prebuild_bytes', 'Disk space that prebuilds add to their bases.', () => prebuilds().bytes);
  add('code_runner_prebuilds_building', 'Builds in progress.', () => prebuilds().building);
  add('code_runner_prebuilds_waiting', 'Builds that wait for a slot.', () => prebuilds().waiting);
}

function addPoolGauge(registry: Registry, read: () => readonly PoolStats[]): void {
  new Gauge({
    name: 'code_runner_pool_sandboxes',
    help: 'Sandboxes that are ready or being created.',
    labelNames: ['image', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { image, warm, starting } of read()) {
        this.inc({ image: imageLabel(image), state: 'warm' }, warm);
        this.inc({ image: imageLabel(image), state: 'starting' }, starting);
      }
    },
  });
}

function addGauge(registry: Registry, { name, help }: { name: string; help: string }, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
