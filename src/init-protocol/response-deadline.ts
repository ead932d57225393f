/** Time is counted in slices of this length. If the timer of a slice fires late, this process was busy, and the delay is not counted. */
const SLICE_MS = 100;
/** Timers are always a little late, so this much of a delay is counted. */
const USUAL_LATENESS_MS = 20;
/** If bytes have arrived recently, the deadline is extended by this much. */
const SILENCE_MS = 180;

/**
 * A deadline for the next response of sandbox-init. Time in which this process is busy or reads nothing is not counted, and the
 * deadline is not missed while bytes keep arriving.
 */
export class ResponseDeadline {
  readonly #onMissed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #remainingMs = 0;
  #sliceMs = 0;
  #armedAt = 0;
  #hasReceived = false;

  constructor(onMissed: () => void) {
    this.#onMissed = onMissed;
  }

  expectWithin(milliseconds: number): void {
    this.clear();
    this.#remainingMs = milliseconds;
    this.#arm();
  }

  /** Call when bytes have arrived that are not the response. */
  bytesArrived(): void {
    this.#hasReceived = true;
  }

  /** Stops the clock until `resume`. Call when nothing is read. */
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
    this.#hasReceived = false;
    this.#timer = setTimeout(() => this.#endSlice(), this.#sliceMs);
  }

  #endSlice(): void {
    const latenessMs = performance.now() - this.#armedAt - this.#sliceMs;
    this.#remainingMs -= this.#sliceMs + Math.min(Math.max(latenessMs, 0), USUAL_LATENESS_MS);
    if (this.#remainingMs > 0) this.#arm();
    else this.#decide();
  }

  /** Bytes that arrived while this process was busy are read first: Node handles I/O between timers and immediates. */
  #decide(): void {
    const timer = this.#timer;
    setImmediate(() =>
      setImmediate(() => {
        if (timer !== this.#timer) return;
        if (this.#hasReceived) this.expectWithin(SILENCE_MS);
        else this.#onMissed();
      }),
    );
  }
}
