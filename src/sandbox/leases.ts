import { onAbort } from '../core/abort.ts';
import type { SandboxSpec } from '../core/command.ts';
import type { Lease, LeaseCall } from './lease.ts';
import type { Pool } from './pool.ts';

/** The sandboxes of one run (usually one). All of them end with the run, or as soon as it is cancelled. */
export class Leases {
  readonly #pool: Pick<Pool, 'lease'>;
  readonly #call: LeaseCall;
  readonly #held = new Set<Lease>();
  readonly #ignoreAbort: () => void;
  readonly #releaseAll = () => {
    for (const lease of this.#held) this.release(lease);
  };

  constructor(pool: Pick<Pool, 'lease'>, call: LeaseCall) {
    this.#pool = pool;
    this.#call = call;
    this.#ignoreAbort = onAbort(call.signal, this.#releaseAll);
  }

  /** Leases one more sandbox. Rejects as `Pool.lease` does. */
  async take(spec: SandboxSpec): Promise<Lease> {
    const lease = await this.#pool.lease(spec, this.#call);
    this.#held.add(lease);
    if (this.#call.signal.aborted) this.release(lease);
    return lease;
  }

  release(lease: Lease): void {
    this.#held.delete(lease);
    lease.release();
  }

  [Symbol.dispose](): void {
    this.#ignoreAbort();
    this.#releaseAll();
  }
}

/** Does work with sandboxes. They end with it. Rejects with the signal's reason if the work fails after it was cancelled. */
export async function withLeases<T>(
  pool: Pick<Pool, 'lease'>,
  call: LeaseCall,
  work: (leases: Leases) => Promise<T>,
): Promise<T> {
  using leases = new Leases(pool, call);
  try {
    return await work(leases);
  } catch (error) {
    throw call.signal.aborted ? call.signal.reason : error;
  }
}
