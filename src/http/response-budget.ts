import { onAbort } from '../core/abort.ts';

interface Waiter {
  readonly bytes: number;
  enter(): void;
}

/**
 * Bounds the memory of all responses that wait for slow clients. A run whose response does not fit waits and keeps its slot, so slow
 * clients delay later runs, but no response is lost.
 */
export class ResponseBudget {
  readonly #maxBytes: number;
  readonly #waiting: Waiter[] = [];
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes bytes from the budget, first come first served. Resolves with a function that gives them back. Rejects with the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#taken += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.#taken -= bytes;
      isHeld = false;
      this.#admit();
    };
  }

  #wait(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes,
        enter: () => {
          ignoreAbort();
          resolve();
        },
      };
      this.#waiting.push(waiter);
      const ignoreAbort = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
        this.#admit();
      });
    });
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#taken += next.bytes;
      next.enter();
    }
  }

  /** A response that is larger than the whole budget may have it for itself. */
  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#maxBytes;
  }
}
