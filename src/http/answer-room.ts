import { onAbort } from '../core/abort.ts';

interface Waiter {
  readonly bytes: number;
  enter(): void;
}

/**
 * Bounds what the answers that wait for their readers hold together. A run whose answer has no room waits while it still counts as
 * running, so slow readers slow down whoever comes after them, and nothing is lost.
 */
export class AnswerRoom {
  readonly #maxBytes: number;
  readonly #waiting: Waiter[] = [];
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves when there is room, first come first served, with what gives it back. Rejects with the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#waiting.length > 0 || !this.#hasRoomFor(bytes)) await this.#wait(bytes, signal);
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
    for (let next = this.#waiting[0]; next && this.#hasRoomFor(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#taken += next.bytes;
      next.enter();
    }
  }

  /** One answer that is larger than all the room may have it for itself. */
  #hasRoomFor(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#maxBytes;
  }
}
