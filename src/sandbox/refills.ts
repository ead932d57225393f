import type { SpecPool } from './spec-pool.ts';

/** A refill waits until nothing runs, but not longer than this. */
const PATIENCE_MS = 250;

export interface RefillBounds {
  readonly maxConcurrentCreations: number;
  /** Bounds on all that is kept warm. */
  readonly maxWarm: number;
  readonly maxWarmMemoryBytes: number;
}

export interface PoolLoad {
  readonly now: number;
  readonly leased: number;
  readonly creating: number;
}

/**
 * Decides when a sandbox is made that nobody waits for. Refills start only when nothing is running, or after 250 ms, because creating
 * a container takes the processor time that a running program is measured by.
 */
export class Refills {
  readonly #bounds: RefillBounds;
  #missingSinceMs: number | undefined;

  constructor(bounds: RefillBounds) {
    this.#bounds = bounds;
  }

  /** The pool that most needs a sandbox now; `later` where one does and has to wait. */
  next(pools: readonly SpecPool[], { now, leased, creating }: PoolLoad): SpecPool | 'later' | undefined {
    const wanting = pools.filter((pool) => pool.missing(now) > 0 && this.hasRoomFor(pool, pools));
    if (wanting.length === 0) {
      this.#missingSinceMs = undefined;
      return undefined;
    }
    this.#missingSinceMs ??= now;
    const isQuiet = leased === 0;
    if (!isQuiet && now - this.#missingSinceMs <= PATIENCE_MS) return 'later';
    if (creating >= (isQuiet ? this.#bounds.maxConcurrentCreations / 2 : 1)) return undefined;
    return wanting.sort((a, b) => a.ready + a.starting - (b.ready + b.starting))[0];
  }

  /** Whether one more may be kept warm beside all that is. */
  hasRoomFor(pool: SpecPool, pools: readonly SpecPool[]): boolean {
    const kept = pools.map(({ spec, ready, starting }) => ({ spec, count: ready + starting }));
    const count = kept.reduce((sum, entry) => sum + entry.count, 0);
    const bytes = kept.reduce((sum, entry) => sum + entry.count * entry.spec.limits.memoryBytes, 0);
    const { maxWarm, maxWarmMemoryBytes } = this.#bounds;
    return count < maxWarm && bytes + pool.spec.limits.memoryBytes <= maxWarmMemoryBytes;
  }
}
