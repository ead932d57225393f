import type { SandboxSpec } from '../core/command.ts';
import { sandboxLimitValues } from '../core/limits.ts';
import { SpecPool } from './spec-pool.ts';

/** What to keep warm whatever the demand. */
export interface WarmTarget {
  readonly spec: SandboxSpec;
  readonly count: number;
}

/** How many of one image there are, for the metrics. */
export interface PoolStats {
  readonly image: string;
  readonly warm: number;
  readonly starting: number;
}

/** The pools of all specs that are kept warm or have been asked for lately. */
export class SpecPools {
  readonly #byKey = new Map<string, SpecPool>();

  constructor(warm: readonly WarmTarget[]) {
    for (const { spec, count } of warm) this.#byKey.set(keyOf(spec), new SpecPool(spec, count));
  }

  get all(): SpecPool[] {
    return [...this.#byKey.values()];
  }

  /** The pool of a spec, begun where there is none yet. */
  of(spec: SandboxSpec): SpecPool {
    const key = keyOf(spec);
    const specPool = this.#byKey.get(key) ?? new SpecPool(spec, 0);
    this.#byKey.set(key, specPool);
    return specPool;
  }

  /** Drops the pools that nobody asks for any more. */
  forget(nowMs: number): void {
    for (const [key, specPool] of this.#byKey) if (specPool.isForgotten(nowMs)) this.#byKey.delete(key);
  }

  stats(): PoolStats[] {
    return this.all.map(({ spec, ready, starting }) => ({ image: spec.image, warm: ready, starting }));
  }
}

function keyOf({ image, limits }: SandboxSpec): string {
  return [image, ...sandboxLimitValues(limits)].join(' ');
}
