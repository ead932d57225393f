import { FrameDecoder, type OutFrame } from './codec.ts';

export interface InboxOptions {
  /** While a returned promise is pending, no further frame is handed on. */
  readonly take: (frame: OutFrame) => void | Promise<void>;
  /** What came makes no sense, to the decoder or to `take`. */
  readonly onFailure: (error: unknown) => void;
}

/** Frames on their way in, handed on one at a time. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #decoder = new FrameDecoder();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Takes what came. A promise is pending while no more is wanted; nothing must be given before it resolves. Never rejects. */
  receive(chunk: Buffer): void | Promise<void> {
    try {
      return this.#handOn(this.#decoder.push(chunk).values());
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  /** An array's iterator goes on where a loop has left it. */
  #handOn(frames: ArrayIterator<OutFrame>): void | Promise<void> {
    for (const frame of frames) {
      const waiting = this.#options.take(frame);
      if (waiting) return this.#handOnAfter(waiting, frames);
    }
  }

  async #handOnAfter(waiting: Promise<void>, frames: ArrayIterator<OutFrame>): Promise<void> {
    try {
      await waiting;
      for (const frame of frames) await this.#options.take(frame);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }
}
