/** A deadline for a sandbox's next word. */
export class Silence {
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence;
  }

  expectWithin(milliseconds: number): void {
    this.over();
    // What has arrived while this process was busy is read before the verdict: I/O comes between timers and immediates.
    this.#timer = setTimeout(() => {
      const timer = this.#timer;
      setImmediate(() => setImmediate(() => timer === this.#timer && this.#onSilence()));
    }, milliseconds);
  }

  over(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
