import { onAbort } from '../core/abort.ts';
import type { SandboxSpec } from '../core/command.ts';
import { Demand } from './demand.ts';
import type { Sandbox } from './ports.ts';

/** Somebody who needs a sandbox now and for whom none is ready. */
export interface Waiter {
  readonly sinceMs: number;
  give(sandbox: Sandbox): void;
  fail(error: unknown): void;
}

/** The sandboxes of one spec: those that are ready, those that are being made, and those who wait for one. */
export class SpecPool {
  readonly spec: SandboxSpec;
  readonly demand = new Demand();
  readonly waiters: Waiter[] = [];
  /** How many to keep whatever the demand. */
  readonly minimum: number;
  /** Sandboxes being made. */
  starting = 0;
  /** No refill before this time: the last one failed. */
  backoffUntilMs = 0;
  readonly #ready: Sandbox[] = [];
  #generation = 0;

  constructor(spec: SandboxSpec, minimum: number) {
    this.spec = spec;
    this.minimum = minimum;
  }

  get ready(): number {
    return this.#ready.length;
  }

  /** Changes when the pool is emptied, so that sandboxes begun before are not added. */
  get generation(): number {
    return this.#generation;
  }

  /** The one who waits longest of those for whom no sandbox is being made yet. */
  get unserved(): Waiter | undefined {
    return this.waiters[this.starting];
  }

  /** Whether nothing is left of it that would be missed. */
  isForgotten(nowMs: number): boolean {
    const isIdle = this.starting === 0 && this.waiters.length === 0 && this.#ready.length === 0;
    return isIdle && this.minimum === 0 && this.demand.isForgotten(nowMs);
  }

  /** Sandboxes that should be ready and are neither that nor on their way. */
  missing(nowMs: number): number {
    return nowMs < this.backoffUntilMs ? 0 : Math.max(0, this.#target(nowMs) - this.#ready.length - this.starting);
  }

  /** Whether another ready sandbox would be one too many. */
  isFull(nowMs: number): boolean {
    return this.#ready.length >= this.#target(nowMs);
  }

  /** Takes out the sandboxes that are no longer wanted. */
  trim(nowMs: number): Sandbox[] {
    return this.#ready.splice(this.#target(nowMs));
  }

  /** The sandbox that has been ready longest. */
  take(): Sandbox | undefined {
    return this.#ready.shift();
  }

  /** Leaves the queue at once when `signal` aborts; a sandbox under way then goes to somebody else, or back into the pool. */
  wait(signal: AbortSignal): Promise<Sandbox> {
    return new Promise((resolve, reject) => {
      const settle =
        <T>(outcome: (value: T) => void) =>
        (value: T) => {
          ignoreAbort();
          outcome(value);
        };
      const waiter: Waiter = { sinceMs: performance.now(), give: settle(resolve), fail: settle(reject) };
      this.waiters.push(waiter);
      const ignoreAbort = onAbort(signal, () => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(signal.reason);
      });
    });
  }

  /** Adds a sandbox; one that ends while it waits removes itself. */
  put(sandbox: Sandbox, onLost: () => void): void {
    this.#ready.push(sandbox);
    void sandbox.gone.then(() => {
      const index = this.#ready.indexOf(sandbox);
      if (index < 0) return;
      this.#ready.splice(index, 1);
      onLost();
    });
  }

  /** Takes everything out, because the image has changed. */
  empty(): Sandbox[] {
    this.#generation += 1;
    return this.#ready.splice(0);
  }

  #target(nowMs: number): number {
    return Math.max(this.minimum, this.demand.worth(nowMs));
  }
}
