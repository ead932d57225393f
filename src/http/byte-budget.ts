/** A number of bytes that all requests together may hold in memory. */
export class ByteBudget {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes bytes from the budget. Returns a function that gives them back, or `undefined` if not enough are left. */
  take(bytes: number): (() => void) | undefined {
    if (this.#taken + bytes > this.#maxBytes) return undefined;
    this.#taken += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.#taken -= bytes;
      isHeld = false;
    };
  }
}
