import type { SandboxSpec } from '../core/command.ts';
import type { Sandbox } from './ports.ts';
import type { SpecPool } from './spec-pool.ts';

/** A refill waits until nothing is running, but not longer than this. */
const MAX_DELAY_MS = 250;
/** Only a spec in so many times the demand takes the room of another's. Otherwise two in like demand would take it in turns. */
const MIN_ADVANTAGE = 2;

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
 * Decides when to create a sandbox that no run waits for, and what gives way to it. Refills start only when nothing is running, or after
 * 250 ms, because creating a container takes CPU time from running programs.
 */
export class Refills {
  readonly #bounds: RefillBounds;
  #missingSinceMs: number | undefined;

  constructor(bounds: RefillBounds) {
    this.#bounds = bounds;
  }

  /** The pool that needs a sandbox most; `later` if one needs a sandbox but must wait. */
  next(pools: readonly SpecPool[], { now, leased, creating }: PoolLoad): SpecPool | 'later' | undefined {
    const wanting = pools.filter((pool) => pool.missing(now) > 0 && this.#givingWay(pool, pools, now) !== undefined);
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
  hasRoomFor({ limits }: Pick<Sandbox, 'limits'>, pools: readonly SpecPool[]): boolean {
    return this.#hasRoom(limits.memoryBytes, pools, []);
  }

  /** Removes and returns the unused sandboxes of specs in less demand that take the room of one more of this pool. */
  makeRoom(pool: SpecPool, pools: readonly SpecPool[], now: number): { spec: SandboxSpec; sandbox: Sandbox }[] {
    const givingWay = this.#givingWay(pool, pools, now) ?? [];
    return givingWay.flatMap(({ spec, ready }) => {
      const sandbox = ready.takeOldestUnused();
      return sandbox ? [{ spec, sandbox }] : [];
    });
  }

  /** Pools that give up unused sandboxes, each as often as it gives one. Empty if there is room already; `undefined` if there can be none. */
  #givingWay(pool: SpecPool, pools: readonly SpecPool[], now: number): SpecPool[] | undefined {
    const urgency = pool.urgency(now);
    const spare = pools
      .filter((other) => other.urgency(now) * MIN_ADVANTAGE < urgency)
      .sort((a, b) => a.urgency(now) - b.urgency(now))
      .flatMap((other) => new Array<SpecPool>(other.spare).fill(other));
    for (let count = 0; count <= spare.length; count += 1) {
      const given = spare.slice(0, count);
      if (this.#hasRoom(memoryOf(pool), pools, given)) return given;
    }
    return undefined;
  }

  #hasRoom(memoryBytes: number, pools: readonly SpecPool[], given: readonly SpecPool[]): boolean {
    const count = sumOf(pools.map(({ warm }) => warm)) - given.length;
    const bytes = sumOf(pools.map(({ warmBytes }) => warmBytes)) - sumOf(given.map(memoryOf));
    const { maxWarm, maxWarmMemoryBytes } = this.#bounds;
    return count < maxWarm && bytes + memoryBytes <= maxWarmMemoryBytes;
  }
}

function memoryOf({ spec }: SpecPool): number {
  return spec.limits.memoryBytes;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
