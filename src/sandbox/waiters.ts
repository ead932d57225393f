import { onAbort } from '../core/abort.ts';
import { haveSameLimits } from '../core/limits.ts';
import type { SandboxOrigin } from '../core/result.ts';
import type { Sandbox } from './ports.ts';
import { type SandboxRequest, suits } from './sandbox-request.ts';

/** A run that waits for a sandbox. */
export interface Waiter {
  readonly request: SandboxRequest;
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
  /** The tenants of those that come back from a run, or whose limits are changed. They go to that tenant; `undefined`: they are unused. */
  readonly returning: readonly (string | undefined)[];
}

/** The runs that wait for a sandbox of one spec, first come first served. */
export class Waiters {
  readonly #all: Waiter[] = [];

  get count(): number {
    return this.#all.length;
  }

  /** Waits for a sandbox. Leaves the queue at once if its signal aborts; a sandbox on its way then goes to another run or into the pool. */
  wait(request: SandboxRequest): Promise<Given> {
    return new Promise((resolve, reject) => {
      const settle =
        <T>(outcome: (value: T) => void) =>
        (value: T) => {
          ignoreAbort();
          outcome(value);
        };
      const waiter: Waiter = { request, sinceMs: performance.now(), give: settle(resolve), fail: settle(reject) };
      this.#all.push(waiter);
      const ignoreAbort = onAbort(request.signal, () => {
        this.#all.splice(this.#all.indexOf(waiter), 1);
        reject(request.signal.reason);
      });
    });
  }

  countOf(tenant: string): number {
    return this.#all.filter(({ request }) => request.tenant === tenant).length;
  }

  /** Removes a run that is given a sandbox. */
  take(waiter: Waiter): Waiter {
    this.#all.splice(this.#all.indexOf(waiter), 1);
    return waiter;
  }

  /** Removes and returns whoever of this tenant waits longest for such a sandbox. */
  takeOf(tenant: string, sandbox: Sandbox): Waiter | undefined {
    return this.#takeFor(
      sandbox,
      this.#all.filter(({ request }) => request.tenant === tenant),
    );
  }

  /**
   * Removes and returns whoever waits longest and gets none of the sandboxes that come back; if all do, whoever waits longest. For a
   * sandbox: of those that it suits, and before others those that want the limits that it has.
   */
  takeNext(returning: OnTheirWay['returning'], sandbox?: Sandbox): Waiter | undefined {
    const without = this.allWithout({ created: 0, returning });
    if (sandbox) return this.#takeFor(sandbox, without) ?? this.#takeFor(sandbox, this.#all);
    const waiter = without[0] ?? this.#all[0];
    return waiter && this.take(waiter);
  }

  /** The runs for which nothing is on its way, the longest waiting first. Only who takes other limits counts on a sandbox that comes back. */
  allWithout({ created, returning }: OnTheirWay): Waiter[] {
    const coming = [...returning];
    let left = created;
    return this.#all.filter(({ request }) => {
      const index = request.mayChangeLimits ? coming.indexOf(request.tenant) : -1;
      if (index >= 0) coming.splice(index, 1);
      else if (left > 0) left -= 1;
      else return true;
      return false;
    });
  }

  #takeFor(sandbox: Sandbox, among: readonly Waiter[]): Waiter | undefined {
    const waiter =
      among.find(({ request }) => haveSameLimits(sandbox.limits, request.limits)) ??
      among.find(({ request }) => suits(sandbox, request));
    return waiter && this.take(waiter);
  }
}
