import { onAbort } from '../core/abort.ts';
import { RunAborted } from '../core/errors.ts';
import { FairQueue } from './fair-queue.ts';
import { TenantCounts } from './tenant-counts.ts';

/** Whose work it is, and how long to wait for a slot. */
export interface WaitOptions {
  /** Work without a tenant belongs to one common tenant. */
  readonly tenant?: string;
  readonly signal: AbortSignal;
  /** Maximum wait. If left out, there is no maximum. */
  readonly waitMs?: number;
}

interface Waiter {
  readonly admit: () => void;
  readonly giveUp: (reason: unknown) => void;
}

const NO_TENANT = '';

/**
 * Runs work in slots: at most `capacity` at a time, and at most `tenantCapacity` of each tenant. Waiting work starts in turns, one of
 * each tenant, and first come first served within a tenant. Because work runs inside `run`, no slot can be lost.
 */
export class Gate {
  readonly #capacity: number;
  readonly #tenantCapacity: number;
  readonly #waiting = new FairQueue<Waiter>();
  readonly #inside = new TenantCounts();
  #idle: Array<() => void> = [];

  constructor(capacity: number, tenantCapacity = capacity) {
    this.#capacity = capacity;
    this.#tenantCapacity = tenantCapacity;
  }

  /** Resolves when nothing is running or waiting. */
  async whenIdle(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  get running(): number {
    return this.#inside.total;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  get isFull(): boolean {
    return this.running >= this.#capacity;
  }

  /** Number of tenants with waiting work. */
  get queuedTenants(): number {
    return this.#waiting.tenants;
  }

  runningOf(tenant: string): number {
    return this.#inside.of(tenant);
  }

  queuedOf(tenant: string): number {
    return this.#waiting.sizeOf(tenant);
  }

  /** Whether work of this tenant would start at once. */
  hasSlotFor(tenant: string): boolean {
    return !this.isFull && this.runningOf(tenant) < this.#tenantCapacity;
  }

  /** The tenant with the most waiting work; `undefined` if nothing is waiting. */
  longestQueue(): string | undefined {
    return this.#waiting.longest();
  }

  /** Removes the newest waiting work of a tenant from the queue: its `run` rejects with `reason`. */
  rejectNewest(tenant: string, reason: unknown): void {
    this.#waiting.newest(tenant)?.giveUp(reason);
  }

  /**
   * Runs `work` when a slot is free. If `signal` aborts before that, leaves the queue at once and rejects with its reason. After
   * `waitMs`, rejects with `RunAborted` for `queue-timeout`.
   */
  async run<T>(work: () => Promise<T>, options: WaitOptions): Promise<T> {
    const tenant = options.tenant ?? NO_TENANT;
    options.signal.throwIfAborted();
    if (this.hasSlotFor(tenant)) this.#inside.add(tenant, 1);
    else await this.#wait(tenant, options);
    try {
      return await work();
    } finally {
      this.#leave(tenant);
    }
  }

  #wait(tenant: string, { signal, waitMs }: WaitOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        ignoreAbort();
        this.#waiting.remove(tenant, waiter);
      };
      const waiter: Waiter = {
        admit: () => {
          settle();
          this.#inside.add(tenant, 1);
          resolve();
        },
        giveUp: (reason) => {
          settle();
          reject(reason);
        },
      };
      const timer =
        waitMs === undefined ? undefined : setTimeout(() => waiter.giveUp(new RunAborted('queue-timeout')), waitMs);
      this.#waiting.push(tenant, waiter);
      const ignoreAbort = onAbort(signal, () => waiter.giveUp(signal.reason));
    });
  }

  /** Passes the slot to the next work in turn, so that no slot stays free while work that may use it is waiting. */
  #leave(tenant: string): void {
    this.#inside.add(tenant, -1);
    this.#waiting.take((candidate) => this.hasSlotFor(candidate))?.admit();
    if (this.running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
