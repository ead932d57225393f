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

  /** Runs `work` when there is a slot. When `signal` aborts first, leaves the queue at once and rejects with its reason. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.isFull) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const admit = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        reject(signal.reason);
      };
      this.#waiting.push(admit);
      signal.addEventListener('abort', giveUp, { once: true });
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
