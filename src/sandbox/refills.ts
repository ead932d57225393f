import type { SpecPool } from './spec-pool.ts';

/** A refill waits until nothing is running, but not longer than this. */
const MAX_DELAY_MS = 250;

export interface RefillBounds {
  readonly maxConcurrentCreations: number;
  /** Limits on all warm sandboxes together. */
  readonly maxWarm: number;
  readonly maxWarmMemoryBytes: number;
}

export interface PoolLoad {
  readonly now: number;
  readonly leased: number;
  readonly creating: number;
}

/**
 * Decides when to create a sandbox that no run waits for. Refills start only when nothing is running, or after 250 ms, because creating
 * a container takes CPU time from running programs.
 */
export class Refills {
  readonly #bounds: RefillBounds;
  #missingSinceMs: number | undefined;

  constructor(bounds: RefillBounds) {
    this.#bounds = bounds;
  }

  /** The pool that needs a sandbox most; `later` if one needs a sandbox but must wait. */
  next(pools: readonly SpecPool[], { now, leased, creating }: PoolLoad): SpecPool | 'later' | undefined {
    const wanting = pools.filter((pool) => pool.missing(now) > 0 && this.hasRoomFor(pool, pools));
    if (wanting.length === 0) {
      this.#missingSinceMs = undefined;
      return undefined;
    }
    this.#missingSinceMs ??= now;
    const isQuiet = leased === 0;
    if (!isQuiet && now - this.#missingSinceMs <= MAX_DELAY_MS) return 'later';
    if (creating >= (isQuiet ? this.#bounds.maxConcurrentCreations / 2 : 1)) return undefined;
    return wanting.sort((a, b) => a.warm - b.warm)[0];
  }

  /** Whether one more sandbox may be kept warm. */
  hasRoomFor(pool: SpecPool, pools: readonly SpecPool[]): boolean {
    const count = pools.reduce((sum, { warm }) => sum + warm, 0);
    const bytes = pools.reduce((sum, { warm, spec }) => sum + warm * spec.limits.memoryBytes, 0);
    const { maxWarm, maxWarmMemoryBytes } = this.#bounds;
    return count < maxWarm && bytes + pool.spec.limits.memoryBytes <= maxWarmMemoryBytes;
  }
}
