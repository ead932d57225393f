/** How long one timer runs. A timer that fires late tells that this process was busy, which is not sandbox-init's fault. */
const SLICE_MS = 100;
/** Timers are a little late on any machine. */
const USUAL_LATENESS_MS = 20;
/** After bytes have come, so long a silence is needed before the deadline is missed. */
const SILENCE_MS = 180;

/**
 * A deadline for a sandbox's next word. Time in which this process was busy, or did not want to read, is not counted, and it is not
 * missed while bytes keep arriving.
 */
export class ResponseDeadline {
  readonly #onMissed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #remainingMs = 0;
  #sliceMs = 0;
  #armedAt = 0;
  #hasHeard = false;

  constructor(onMissed: () => void) {
    this.#onMissed = onMissed;
  }

  expectWithin(milliseconds: number): void {
    this.clear();
    this.#remainingMs = milliseconds;
    this.#arm();
  }

  /** Bytes have come, if not the awaited ones. */
  heard(): void {
    this.#hasHeard = true;
  }

  /** Stops the clock until `resume`: nothing is read. */
  pause(): void {
    if (this.#timer === undefined) return;
    this.#remainingMs -= Math.min(performance.now() - this.#armedAt, this.#sliceMs);
    this.clear();
  }

  resume(): void {
    this.#arm();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#sliceMs = Math.min(Math.max(this.#remainingMs, 1), SLICE_MS);
    this.#armedAt = performance.now();
    this.#hasHeard = false;
    this.#timer = setTimeout(() => this.#endSlice(), this.#sliceMs);
  }

  #endSlice(): void {
    const latenessMs = performance.now() - this.#armedAt - this.#sliceMs;
    this.#remainingMs -= this.#sliceMs + Math.min(Math.max(latenessMs, 0), USUAL_LATENESS_MS);
    if (this.#remainingMs > 0) this.#arm();
    else this.#decide();
  }

  /** What has arrived while this process was busy is read before the verdict: I/O comes between timers and immediates. */
  #decide(): void {
    const timer = this.#timer;
    setImmediate(() =>
      setImmediate(() => {
        if (timer !== this.#timer) return;
        if (this.#hasHeard) this.expectWithin(SILENCE_MS);
        else this.#onMissed();
      }),
    );
  }
}
