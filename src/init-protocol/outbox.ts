/** Frames that wait for one another up to here leave at once. */
const BATCH_BYTES = 1024 * 1024;

/** Sends bytes on; a promise is pending while nothing more should be sent. */
export type Send = (bytes: Buffer) => void | Promise<void>;

/** Frames on their way out. Those given in one go leave in one write, and no more are written than the connection takes. */
export class Outbox {
  readonly #send: Send;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  /** Pending while the connection takes nothing. */
  #congestion: Promise<void> | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** A promise is pending while the connection does not keep up: whoever has much to write waits for it. */
  write(frame: Buffer): void | Promise<void> {
    this.#batchBytes += frame.length;
    if (this.#batch.push(frame) === 1) setImmediate(() => this.#flush());
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
    return this.#congestion;
  }

  /** What was written and has not left never will. */
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
