import { onAbort } from '../core/abort.ts';
import { RunAborted } from '../core/errors.ts';

/** How long somebody waits at the gate at the most. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Without it, as long as it takes. */
  readonly waitMs?: number;
}

/** Work runs inside the gate, at most `capacity` at a time, first come first served. A slot cannot be lost. */
export class Gate {
  readonly #capacity: number;
  readonly #waiting: Array<() => void> = [];
  #idle: Array<() => void> = [];
  #running = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Resolves when nothing is inside and nobody waits. */
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
   * Runs `work` when there is a slot. Leaves the queue at once when `signal` aborts, and rejects with its reason; after `waitMs`
   * rejects with `RunAborted` for `queue-timeout`.
   */
  async run<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
    await this.#enter(patience);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(patience: Patience): Promise<void> {
    patience.signal.throwIfAborted();
    if (this.isFull) await this.#wait(patience);
    else this.#running += 1;
  }

  #wait({ signal, waitMs }: Patience): Promise<void> {
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

  /** Hands the slot to the first in the queue, so that it is never free while somebody waits. */
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
