import { onAbort } from '../core/abort.ts';
import type { SandboxOrigin } from '../core/result.ts';
import type { LeaseCall } from './lease.ts';
import type { Sandbox } from './ports.ts';

/** A run that waits for a sandbox. */
export interface Waiter {
  readonly call: LeaseCall;
  readonly sinceMs: number;
  give(given: Given): void;
  fail(error: unknown): void;
}

/** A sandbox for a run. */
export interface Given {
  readonly sandbox: Sandbox;
  readonly origin: SandboxOrigin;
  /** Whether the tenant gets the sandbox that follows it. */
  readonly comesBack: boolean;
  /** Of its pool, when the sandbox was given. */
  readonly generation: number;
}

/** Sandboxes that are on their way. */
export interface OnTheirWay {
  /** How many are being created. They go to whoever else waits longest. */
  readonly created: number;
  /** The tenants of those that come back from a run. They go to that tenant. */
  readonly returning: readonly string[];
}

/** The runs that wait for a sandbox of one spec, first come first served. */
export class Waiters {
  readonly #all: Waiter[] = [];

  get count(): number {
    return this.#all.length;
  }

  /** Waits for a sandbox. Leaves the queue at once if its signal aborts; a sandbox on its way then goes to another run or into the pool. */
  wait(call: LeaseCall): Promise<Given> {
    return new Promise((resolve, reject) => {
      const settle =
        <T>(outcome: (value: T) => void) =>
        (value: T) => {
          ignoreAbort();
          outcome(value);
        };
      const waiter: Waiter = { call, sinceMs: performance.now(), give: settle(resolve), fail: settle(reject) };
      this.#all.push(waiter);
      const ignoreAbort = onAbort(call.signal, () => {
        this.#all.splice(this.#all.indexOf(waiter), 1);
        reject(call.signal.reason);
      });
    });
  }

  countOf(tenant: string): number {
    return this.#all.filter(({ call }) => call.tenant === tenant).length;
  }

  /** Removes a run that is given a sandbox. */
  take(waiter: Waiter): Waiter {
    this.#all.splice(this.#all.indexOf(waiter), 1);
    return waiter;
  }

  /** Removes and returns whoever of this tenant waits longest. */
  takeOf(tenant: string): Waiter | undefined {
    const waiter = this.#all.find(({ call }) => call.tenant === tenant);
    return waiter && this.take(waiter);
  }

  /** Removes and returns whoever waits longest and gets none of the sandboxes that come back; if all do, whoever waits longest. */
  takeNext(returning: readonly string[]): Waiter | undefined {
    const waiter = this.firstWithout({ created: 0, returning }) ?? this.#all[0];
    return waiter && this.take(waiter);
  }

  /** The longest waiting run for which nothing is on its way. */
  firstWithout({ created, returning }: OnTheirWay): Waiter | undefined {
    const coming = [...returning];
    let left = created;
    return this.#all.find(({ call }) => {
      const index = coming.indexOf(call.tenant);
      if (index >= 0) coming.splice(index, 1);
      else if (left > 0) left -= 1;
      else return true;
      return false;
    });
  }
}
