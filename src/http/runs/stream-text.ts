import type { Encoding } from '../fields.ts';

/** Turns the pieces of one output stream to text. A character that is cut between two pieces goes into the second. */
export class StreamText {
  readonly #encoding: Encoding;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #isCut = false;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /** May return an empty text. */
  next(bytes: Buffer): string {
    return this.#encoding === 'base64' ? bytes.toString('base64') : this.#decoder.decode(bytes, { stream: true });
  }

  /** The stream was cut here, so an incomplete character is dropped. */
  cut(): void {
    this.#isCut = true;
  }

  /** What is left at the end: an incomplete character, which is invalid and replaced. */
  end(): string {
    const rest = this.#encoding === 'base64' ? '' : this.#decoder.decode();
    return this.#isCut ? '' : rest;
  }
}
