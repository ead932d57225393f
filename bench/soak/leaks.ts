import type { Snapshot } from './snapshot.ts';

/** Allowed increase during the soak. Memory fluctuates because of garbage collectors and allocators. */
const ALLOWANCE: Readonly<Record<keyof Snapshot, number>> = {
  containers: 0,
  descriptors: 4,
  activeHandles: 4,
  activeRequests: 2,
  runsInProgress: 0,
  queued: 0,
  heapMiB: 32,
  serviceMiB: 64,
  engineMiB: 96,
  engineDescriptors: 16,
  slabMiB: 16,
  // Counts shims of all users of the engine, so it is only informative.
  shims: Number.POSITIVE_INFINITY,
};

export interface Growth {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  readonly allowance: number;
  readonly isLeak: boolean;
}

export function compareSnapshots(before: Snapshot, after: Snapshot): Growth[] {
  return (Object.keys(ALLOWANCE) as (keyof Snapshot)[]).map((what) => ({
    what,
    before: before[what],
    after: after[what],
    allowance: ALLOWANCE[what],
    // Negated, so that a number that could not be read (NaN) counts as a leak.
    isLeak: !(after[what] <= before[what] + ALLOWANCE[what]),
  }));
}
