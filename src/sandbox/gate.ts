import { onAbort } from '../core/abort.ts';
import { RunAborted } from '../core/errors.ts';

/** How long to wait for a slot. */
export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Maximum wait. If left out, there is no maximum. */
  readonly waitMs?: number;
}

/** Runs work in slots, at most `capacity` at a time, first come first served. Because work runs inside `run`, no slot can be lost. */
export class Gate {
  readonly #capacity: number;
  readonly #waiting: Array<() => void> = [];
  #idle: Array<() => void> = [];
  #running = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Resolves when nothing is running or waiting. */
  async whenIdle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  get isFull(): boolean {
    return this.#running >= this.#capacity;
  }

  /**
   * Runs `work` when a slot is free. If `signal` aborts before that, leaves the queue at once and rejects with its reason. After
   * `waitMs`, rejects with `RunAborted` for `queue-timeout`.
   */
  async run<T>(work: () => Promise<T>, options: WaitOptions): Promise<T> {
    await this.#enter(options);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(options: WaitOptions): Promise<void> {
    options.signal.throwIfAborted();
    if (this.isFull) await this.#wait(options);
    else this.#running += 1;
  }

  #wait({ signal, waitMs }: WaitOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        ignoreAbort();
      };
      const admit = () => {
        settle();
        resolve();
      };
      const giveUp = (reason: unknown) => {
        settle();
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        reject(reason);
      };
      const timer =
        waitMs === undefined ? undefined : setTimeout(() => giveUp(new RunAborted('queue-timeout')), waitMs);
      this.#waiting.push(admit);
      const ignoreAbort = onAbort(signal, () => giveUp(signal.reason));
    });
  }

  /** Hands the slot to the first in the queue, so that no slot is free while work is waiting. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) {
      next();
      return;
    }
    this.#running -= 1;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
