/** Bytes that wait, first in, first out. Many small pieces take no more room than one large one. */
export class ByteQueue {
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;
  /** The first piece is kept as it came; what is added to it moves both into a buffer of our own, with room to grow. */
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

  /** Removes at most so many bytes from the front. */
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
