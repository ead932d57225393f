import { RunAborted, RunnerError } from '../core/errors.ts';
import { Gate } from './gate.ts';

export interface AdmissionOptions {
  readonly maxConcurrentRuns: number;
  readonly maxQueue: number;
  readonly queueTimeoutMs: number;
}

/** Decides whether a run may start now, must wait, or is refused. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #gate: Gate;
  #draining = false;
  #meanRunMs = 1000;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#gate = new Gate(options.maxConcurrentRuns);
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
   * Runs `work` in a slot and passes it the time that it waited. Rejects with `over_capacity` if the queue is full or the wait took too
   * long, or with the signal's reason if the run was cancelled.
   */
  async admit<T>(work: (queueMs: number) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#draining) throw new RunnerError('draining', 'The service is shutting down.');
    if (this.isQueueFull) throw this.#overCapacity();
    const queuedAt = performance.now();
    try {
      return await this.#gate.run(() => this.#timed(() => work(performance.now() - queuedAt)), {
        signal,
        waitMs: this.#options.queueTimeoutMs,
      });
    } catch (error) {
      throw error instanceof RunAborted && error.reason === 'queue-timeout' ? this.#overCapacity() : error;
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

  /** The error for a full queue. Its retry time estimates, from recent runs, when the queue will have been processed. */
  #overCapacity(): RunnerError {
    const rounds = (this.#gate.queued + 1) / this.#options.maxConcurrentRuns;
    return new RunnerError('over_capacity', 'Too many runs are waiting. Try again later.', {
      retryAfterMs: Math.max(1000, Math.ceil(rounds * this.#meanRunMs)),
    });
  }
}
