import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { descriptors, engineDaemons, engineShims, residentMiB, unreclaimableSlabMiB } from '../processes.ts';
import type { BenchService } from '../service.ts';
import { round, sum } from '../statistics.ts';

const LOOK_EVERY_MS = 1000;
const LOOKS_ALIKE = 5;
const PATIENCE_LOOKS = 60;
/** After this long without demand, the pool keeps only the configured sandboxes warm. */
const FORGETTING_MS = 180_000;

/** Resources of an idle service and its engine. */
export interface Snapshot {
  readonly containers: number;
  readonly descriptors: number;
  readonly activeHandles: number;
  readonly activeRequests: number;
  readonly runsInProgress: number;
  readonly queued: number;
  readonly heapMiB: number;
  readonly serviceMiB: number;
  readonly engineMiB: number;
  readonly engineDescriptors: number;
  /** Memory of the kernel that it cannot give back. */
  readonly slabMiB: number;
  readonly shims: number;
}

/** Waits until demand has decayed, nothing is running and the number of containers is stable, then takes the snapshot. */
export async function snapshotAtRest(service: BenchService, engine: Engine): Promise<Snapshot> {
  await sleep(FORGETTING_MS);
  let last = await look(service, engine);
  for (let alike = 0, looks = 0; alike < LOOKS_ALIKE && looks < PATIENCE_LOOKS; looks += 1) {
    await sleep(LOOK_EVERY_MS);
    const now = await look(service, engine);
    const isAtRest = now.runsInProgress === 0 && now.containers === last.containers && now.shims === last.shims;
    alike = isAtRest ? alike + 1 : 0;
    last = now;
  }
  return last;
}

export async function countContainers(service: BenchService, engine: Engine): Promise<number> {
  return (await engine.containers.list(`${LABELS.instance}=${service.instanceId}`)).length;
}

async function look(service: BenchService, engine: Engine): Promise<Snapshot> {
  const metrics = await service.metrics();
  const number = (name: string) => metrics.get(name) ?? Number.NaN;
  const daemons = engineDaemons();
  return {
    containers: await countContainers(service, engine),
    descriptors: descriptors(service.pid),
    activeHandles: number('nodejs_active_handles_total'),
    activeRequests: number('nodejs_active_requests_total'),
    runsInProgress: number('code_runner_runs_in_progress'),
    queued: number('code_runner_queue_depth'),
    heapMiB: round(number('nodejs_heap_size_used_bytes') / 1024 ** 2),
    serviceMiB: round(residentMiB(service.pid)),
    engineMiB: round(sum(daemons.map(residentMiB))),
    engineDescriptors: sum(daemons.map(descriptors)),
    slabMiB: round(unreclaimableSlabMiB()),
    shims: engineShims(),
  };
}
