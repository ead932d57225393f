import { setImmediate } from 'node:timers/promises';

/** How a body ended: all of it has been taken, the client disconnected, it read nothing for too long, or the source failed. */
export type BodyEnd = 'complete' | 'left' | 'stalled' | 'failed';

export interface PacedBodyOptions {
  /** A client that reads nothing for this long is disconnected, in milliseconds. */
  readonly stallMs: number;
  /** Bytes that wait for the client before the next piece is asked for. */
  readonly maxWaitingBytes: number;
  /** Called once. Nothing is asked for afterwards. */
  readonly onEnd: (end: BodyEnd) => void;
}

type Pieces = AsyncIterator<Buffer, void> | Iterator<Buffer, void>;

/** After this many bytes the event loop gets a turn, however fast the client reads. */
const STRIDE_BYTES = 512 * 1024;

/** A response body that asks for the next piece only when the client keeps up, and drops none. */
export function pacedBody(pieces: Pieces, options: PacedBodyOptions): ReadableStream<Uint8Array> {
  const { maxWaitingBytes: highWaterMark } = options;
  return new ReadableStream(new PacedSource(pieces, options), new ByteLengthQueuingStrategy({ highWaterMark }));
}

class PacedSource {
  readonly #pieces: Pieces;
  readonly #options: PacedBodyOptions;
  #stalled: NodeJS.Timeout | undefined;
  #sinceBreak = 0;
  #hasEnded = false;

  constructor(pieces: Pieces, options: PacedBodyOptions) {
    this.#pieces = pieces;
    this.#options = options;
  }

  async pull(stream: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    clearTimeout(this.#stalled);
    if (this.#sinceBreak > STRIDE_BYTES) {
      this.#sinceBreak = 0;
      await setImmediate();
    }
    try {
      const { value, done } = await this.#pieces.next();
      if (this.#hasEnded) return;
      if (done) this.#close(stream);
      else this.#handOn(value, stream);
    } catch (error) {
      this.#end('failed');
      throw error;
    }
  }

  /** Called when the client disconnects. */
  cancel(): void {
    this.#end('left');
  }

  #close(stream: ReadableStreamDefaultController<Uint8Array>): void {
    this.#end('complete');
    stream.close();
  }

  #handOn(piece: Buffer, stream: ReadableStreamDefaultController<Uint8Array>): void {
    this.#sinceBreak += piece.length;
    this.#stalled = setTimeout(() => {
      this.#end('stalled');
      stream.error(new Error('the client does not read its response'));
    }, this.#options.stallMs);
    stream.enqueue(piece);
  }

  #end(end: BodyEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#stalled);
    this.#options.onEnd(end);
    // If the source is waiting, what `onEnd` does ends that wait too.
    if (end !== 'complete') void this.#pieces.return?.();
  }
}
