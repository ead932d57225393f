import { onAbort } from '../core/abort.ts';
import type { SandboxSpec } from '../core/command.ts';
import { Demand } from './demand.ts';
import type { Sandbox } from './ports.ts';

/** A run that waits for a sandbox. */
export interface Waiter {
  readonly sinceMs: number;
  give(sandbox: Sandbox): void;
  fail(error: unknown): void;
}

/** The sandboxes of one spec: those that are ready and those that are being created. Also the runs that wait for one. */
export class SpecPool {
  readonly spec: SandboxSpec;
  readonly demand = new Demand();
  readonly waiters: Waiter[] = [];
  /** How many to keep warm regardless of demand. */
  readonly minimum: number;
  /** Number of sandboxes that are being created. */
  starting = 0;
  /** No refill before this time, because the last one failed. */
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

  /** Changes when the pool is emptied, so that sandboxes whose creation began before are not added. */
  get generation(): number {
    return this.#generation;
  }

  /** The longest waiting run for which no sandbox is being created yet. */
  get unserved(): Waiter | undefined {
    return this.waiters[this.starting];
  }

  /** Whether this pool can be dropped. */
  isForgotten(nowMs: number): boolean {
    const isIdle = this.starting === 0 && this.waiters.length === 0 && this.#ready.length === 0;
    return isIdle && this.minimum === 0 && this.demand.isForgotten(nowMs);
  }

  /** How many more sandboxes should be created. */
  missing(nowMs: number): number {
    return nowMs < this.backoffUntilMs ? 0 : Math.max(0, this.#target(nowMs) - this.#ready.length - this.starting);
  }

  /** Whether there are enough ready sandboxes. */
  isFull(nowMs: number): boolean {
    return this.#ready.length >= this.#target(nowMs);
  }

  /** Removes and returns the sandboxes that are not needed any more. */
  trim(nowMs: number): Sandbox[] {
    return this.#ready.splice(this.#target(nowMs));
  }

  /** Removes and returns the sandbox that has been ready longest. */
  take(): Sandbox | undefined {
    return this.#ready.shift();
  }

  /** Waits for a sandbox. Leaves the queue at once if `signal` aborts; a sandbox being created then goes to another run or into the pool. */
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

  /** Adds a ready sandbox. If it ends before it is used, it is removed again and `onLost` is called. */
  put(sandbox: Sandbox, onLost: () => void): void {
    this.#ready.push(sandbox);
    void sandbox.gone.then(() => {
      const index = this.#ready.indexOf(sandbox);
      if (index < 0) return;
      this.#ready.splice(index, 1);
      onLost();
    });
  }

  /** Removes and returns all sandboxes, because the image has changed. */
  empty(): Sandbox[] {
    this.#generation += 1;
    return this.#ready.splice(0);
  }

  #target(nowMs: number): number {
    return Math.max(this.minimum, this.demand.target(nowMs));
  }
}
