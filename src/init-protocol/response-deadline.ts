/** A deadline for a sandbox's next word. */
export class ResponseDeadline {
  readonly #onMissed: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onMissed: () => void) {
    this.#onMissed = onMissed;
  }

  expectWithin(milliseconds: number): void {
    this.clear();
    // What has arrived while this process was busy is read before the verdict: I/O comes between timers and immediates.
    this.#timer = setTimeout(() => {
      const timer = this.#timer;
      setImmediate(() => setImmediate(() => timer === this.#timer && this.#onMissed()));
    }, milliseconds);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
