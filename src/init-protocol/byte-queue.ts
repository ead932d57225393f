/** A first-in, first-out queue of bytes. Many small pieces take no more memory than one large piece. */
export class ByteQueue {
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;
  /** The first piece is not copied. When another piece is added, both are copied into a buffer that can grow. */
  #isOurs = false;

  get length(): number {
    return this.#to - this.#from;
  }

  add(piece: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      this.#from = 0;
      this.#to = piece.length;
      this.#isOurs = false;
      return;
    }
    if (!this.#isOurs || this.#to + piece.length > this.#bytes.length) this.#grow(this.length + piece.length);
    this.#bytes.set(piece, this.#to);
    this.#to += piece.length;
  }

  /** Removes at most this many bytes from the front. */
  take(maxBytes: number): Buffer {
    const end = Math.min(this.#to, this.#from + maxBytes);
    const taken = this.#bytes.subarray(this.#from, end);
    this.#from = end;
    return taken;
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafe(2 * neededBytes);
    this.#to = this.#bytes.copy(larger, 0, this.#from, this.#to);
    this.#from = 0;
    this.#bytes = larger;
    this.#isOurs = true;
  }
}
