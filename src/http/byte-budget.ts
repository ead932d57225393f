/** A sum of bytes that all requests together may hold. What a request takes it gives back when those bytes are gone. */
export class ByteBudget {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes bytes, or answers `undefined` where there are not so many left. The function gives them back, once. */
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
