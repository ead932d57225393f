import { RunAborted, RunnerError } from '../core/errors.ts';
import { Gate } from './gate.ts';

/** Why a run is shed: its tenant has reached its own limit, or the service is full. */
export type ShedReason = 'tenant' | 'service';

export interface AdmissionObserver {
  shed(reason: ShedReason): void;
}

export interface AdmissionOptions {
  readonly maxConcurrentRuns: number;
  /** At most `maxConcurrentRuns` takes effect. */
  readonly maxConcurrentRunsPerTenant: number;
  readonly maxQueue: number;
  /** At most `maxQueue` takes effect. */
  readonly maxQueuePerTenant: number;
  readonly queueTimeoutMs: number;
  readonly observer?: AdmissionObserver;
}

/** A run that is to be admitted. */
export interface Applicant {
  readonly tenant: string;
  readonly signal: AbortSignal;
  /** Called if it has to wait, with its position: the number of waiting runs, including this one. */
  readonly onQueued?: (position: number) => void;
}

/** Shortest time before a refused run should be sent again. */
const MIN_RETRY_MS = 1000;

/**
 * Decides whether a run may start now, must wait, or is refused. Waiting runs start in turns, one of each tenant. If the queue is full,
 * the tenant with the most waiting runs makes room for tenants with fewer.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #gate: Gate;
  #draining = false;
  #meanRunMs = 1000;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#gate = new Gate(options.maxConcurrentRuns, options.maxConcurrentRunsPerTenant);
  }

  get running(): number {
    return this.#gate.running;
  }

  get queued(): number {
    return this.#gate.queued;
  }

  get isQueueFull(): boolean {
    return this.#gate.isFull && this.#gate.queued >= this.#options.maxQueue;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Refuses every new run with `draining` from now on. Resolves when all running and queued runs have ended. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#gate.whenIdle();
  }

  /**
   * Runs `work` in a slot and passes it the time that it waited. Rejects with `over_capacity` if there is no room in the queue, if the run
   * had to leave the queue for another tenant, or if the wait took too long. Rejects with the signal's reason if the run was cancelled.
   */
  async admit<T>(work: (queueMs: number) => Promise<T>, { tenant, signal, onQueued }: Applicant): Promise<T> {
    if (this.#draining) throw new RunnerError('draining', 'The service is shutting down.');
    if (!this.#gate.hasSlotFor(tenant)) {
      this.#makeRoom(tenant);
      onQueued?.(this.#gate.queued + 1);
    }
    const queuedAt = performance.now();
    try {
      return await this.#gate.run(() => this.#timed(() => work(performance.now() - queuedAt)), {
        tenant,
        signal,
        waitMs: this.#options.queueTimeoutMs,
      });
    } catch (error) {
      throw error instanceof RunAborted && error.reason === 'queue-timeout' ? this.#waitedTooLong(tenant) : error;
    }
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#meanRunMs += (performance.now() - startedAt - this.#meanRunMs) / 8;
    }
  }

  /** Throws if a run of this tenant may not wait. If the queue is full, a run of another tenant may have to leave it instead. */
  #makeRoom(tenant: string): void {
    const { maxQueue, maxQueuePerTenant } = this.#options;
    const queued = this.#gate.queuedOf(tenant);
    if (maxQueuePerTenant < maxQueue && queued >= maxQueuePerTenant) throw this.#tenantIsFull(tenant);
    if (this.#gate.queued < maxQueue) return;
    const longest = this.#gate.longestQueue();
    // With a difference of one, the exchange would only swap the two tenants.
    if (longest === undefined || this.#gate.queuedOf(longest) <= queued + 1) throw this.#serviceIsFull();
    this.#gate.rejectNewest(longest, this.#tenantIsFull(longest));
  }

  #waitedTooLong(tenant: string): RunnerError {
    return this.#gate.isFull ? this.#serviceIsFull() : this.#tenantIsFull(tenant);
  }

  #serviceIsFull(): RunnerError {
    const detail = 'Too many runs are waiting. Try again later.';
    return this.#shed('service', detail, (this.#gate.queued + 1) / this.#options.maxConcurrentRuns);
  }

  /** Assumes that the waiting tenants get equal shares of the slots, up to the limit of a tenant. */
  #tenantIsFull(tenant: string): RunnerError {
    const { maxConcurrentRuns, maxConcurrentRunsPerTenant } = this.#options;
    const slots = Math.min(maxConcurrentRunsPerTenant, maxConcurrentRuns / Math.max(1, this.#gate.queuedTenants));
    const detail = 'The queue of this tenant is full: too many of its own runs are waiting. Try again later.';
    return this.#shed('tenant', detail, (this.#gate.queuedOf(tenant) + 1) / slots);
  }

  /** The error for a run that would have to wait for `rounds` of other runs. The duration of a round is estimated from recent runs. */
  #shed(reason: ShedReason, detail: string, rounds: number): RunnerError {
    this.#options.observer?.shed(reason);
    const retryAfterMs = Math.max(MIN_RETRY_MS, Math.ceil(rounds * this.#meanRunMs));
    return new RunnerError('over_capacity', detail, { retryAfterMs });
  }
}
