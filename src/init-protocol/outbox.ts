import { joinSmall } from './join-small.ts';

/** A batch of this size is sent without waiting for more frames. */
const BATCH_BYTES = 1024 * 1024;

/** Sends buffers, one after the other. While a returned promise is pending, nothing more should be sent. */
export type Send = (buffers: readonly Buffer[]) => void | Promise<void>;

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

  /**
   * Takes whole frames, cut into buffers anywhere. Returns a promise while the connection does not keep up; a caller with much to write
   * should wait for it.
   */
  write(...buffers: readonly Buffer[]): void | Promise<void> {
    if (this.#batch.length === 0) setImmediate(() => this.#flush());
    this.#batch.push(...buffers);
    this.#batchBytes += buffers.reduce((sum, { length }) => sum + length, 0);
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
    return this.#congestion;
  }

  /** Drops everything that has not been sent. */
  discard(): void {
    this.#batch = [];
    this.#batchBytes = 0;
  }

  #flush(): void {
    if (this.#batch.length === 0 || this.#congestion) return;
    const buffers = joinSmall(this.#batch);
    this.discard();
    this.#congestion = this.#send(buffers)?.then(() => {
      this.#congestion = undefined;
      this.#flush();
    });
  }
}
