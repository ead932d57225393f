import type { SandboxSpec } from '../core/command.ts';
import { type SandboxLimits, sandboxLimitValues } from '../core/limits.ts';
import { SpecPool } from './spec-pool.ts';

/** What to keep warm regardless of demand. */
export interface WarmTarget {
  readonly spec: SandboxSpec;
  readonly count: number;
}

/** The number of sandboxes of one image, for the metrics. */
export interface PoolStats {
  readonly image: string;
  readonly warm: number;
  readonly starting: number;
  /** The sum of the memory limits of the warm ones. */
  readonly memoryBytes: number;
}

/** The pools of all specs that are kept warm or have been used recently. */
export class SpecPools {
  readonly #byKey = new Map<string, SpecPool>();

  readonly #cellLimits: SandboxLimits;

  /** `cellLimits`: those of cells that wait for any run. */
  constructor(warm: readonly WarmTarget[], cellLimits: SandboxLimits) {
    this.#cellLimits = cellLimits;
    for (const { spec, count } of warm) this.#byKey.set(keyOf(spec), new SpecPool(spec, count));
  }

  get all(): SpecPool[] {
    return [...this.#byKey.values()];
  }

  /** Number of leased sandboxes. */
  get leased(): number {
    return this.all.reduce((sum, { leased }) => sum + leased, 0);
  }

  /** The pool of a spec. Created if it does not exist. */
  of(spec: SandboxSpec): SpecPool {
    const key = keyOf(spec);
    const specPool = this.#byKey.get(key) ?? new SpecPool(this.#waiting(spec), 0);
    this.#byKey.set(key, specPool);
    return specPool;
  }

  /** The pool with the longest waiting run for which no sandbox is on its way. */
  get longestWaiting(): SpecPool | undefined {
    const since = (specPool: SpecPool) => specPool.unserved?.sinceMs ?? Number.POSITIVE_INFINITY;
    const waiting = this.all.filter((specPool) => specPool.unserved !== undefined);
    return waiting.sort((a, b) => since(a) - since(b))[0];
  }

  /** The pool with the sandbox that has been idle longest. */
  get longestIdle(): SpecPool | undefined {
    const idle = this.all.filter(({ ready, minimum }) => ready.count > minimum);
    return idle.sort((a, b) => a.ready.oldestMs - b.ready.oldestMs)[0];
  }

  /** Drops the pools that are not used any more. */
  forget(nowMs: number): void {
    for (const [key, specPool] of this.#byKey) if (specPool.isForgotten(nowMs)) this.#byKey.delete(key);
  }

  stats(): PoolStats[] {
    return this.all.map(({ spec, ready, starting }) => ({
      image: spec.image,
      warm: ready.count,
      starting,
      memoryBytes: ready.memoryBytes,
    }));
  }

  /** What is kept warm for runs of this spec. */
  #waiting(spec: SandboxSpec): SandboxSpec {
    const { network } = spec.limits;
    return spec.isolation === 'cell' ? { ...spec, limits: { ...this.#cellLimits, network } } : spec;
  }
}

/** The limits of a cell can be changed, except whether it has a network; those of a container cannot. */
function keyOf({ image, limits, isolation }: SandboxSpec): string {
  return [image, isolation, ...(isolation === 'cell' ? [limits.network] : sandboxLimitValues(limits))].join(' ');
}
