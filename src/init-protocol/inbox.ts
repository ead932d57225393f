import { FrameDecoder, type OutFrame } from './codec.ts';

export interface InboxOptions {
  /** Called with one frame after the other. While a returned promise is pending, it is not called again. */
  readonly take: (frame: OutFrame) => void | Promise<void>;
  /** Called if the decoder or `take` fails. */
  readonly onFailure: (error: unknown) => void;
}

/** Decodes frames from sandbox-init and passes them on one at a time. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #decoder = new FrameDecoder();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Takes received bytes. If it returns a promise, the caller must not pass more bytes before that resolves. Never rejects. */
  receive(chunk: Buffer): void | Promise<void> {
    try {
      return this.#passOn(this.#decoder.push(chunk).values());
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  /** Leaving the loop does not end the iterator, so `#passOnAfter` continues with the next frame. */
  #passOn(frames: ArrayIterator<OutFrame>): void | Promise<void> {
    for (const frame of frames) {
      const waiting = this.#options.take(frame);
      if (waiting) return this.#passOnAfter(waiting, frames);
    }
  }

  async #passOnAfter(waiting: Promise<void>, frames: ArrayIterator<OutFrame>): Promise<void> {
    try {
      await waiting;
      for (const frame of frames) await this.#options.take(frame);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }
}
