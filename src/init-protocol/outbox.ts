/** A batch of this size is sent without waiting for more frames. */
const BATCH_BYTES = 1024 * 1024;

/** Sends bytes. While a returned promise is pending, nothing more should be sent. */
export type Send = (bytes: Buffer) => void | Promise<void>;

/** Sends frames to sandbox-init. Frames of one turn of the event loop are sent in one write, and only as fast as the connection takes them. */
export class Outbox {
  readonly #send: Send;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  /** Pending while the connection takes no more. */
  #congestion: Promise<void> | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Returns a promise while the connection does not keep up. A caller with much to write should wait for it. */
  write(frame: Buffer): void | Promise<void> {
    this.#batchBytes += frame.length;
    if (this.#batch.push(frame) === 1) setImmediate(() => this.#flush());
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
    return this.#congestion;
  }

  /** Drops everything that has not been sent. */
  discard(): void {
    this.#batch = [];
    this.#batchBytes = 0;
  }

  #flush(): void {
    const [first, ...more] = this.#batch;
    if (first === undefined || this.#congestion) return;
    const bytes = more.length === 0 ? first : Buffer.concat(this.#batch, this.#batchBytes);
    this.discard();
    this.#congestion = this.#send(bytes)?.then(() => {
      this.#congestion = undefined;
      this.#flush();
    });
  }
}
