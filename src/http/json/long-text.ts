/** Strings of a body that are longer than this, in bytes as sent, arrive as `LongText`. */
export const LONG_TEXT_BYTES = 4096;

/** A long string of a JSON body, kept as the UTF-8 bytes that it means: it never becomes a JavaScript string of its own. */
export class LongText {
  readonly bytes: Buffer;
  /** `false` where it holds a surrogate without its partner, which UTF-8 cannot express. */
  readonly isWellFormed: boolean;
  /** What the text means as base64; `undefined` until `decodeBase64` is asked, and where it is not base64. */
  decoded: Buffer | undefined;

  constructor(bytes: Buffer, isWellFormed: boolean) {
    this.bytes = bytes;
    this.isWellFormed = isWellFormed;
  }

  /** The text as a string, at most so many bytes of it. A lone surrogate stays one. */
  toText(maxBytes: number): string {
    const text = this.bytes.toString('utf8', 0, Math.min(this.bytes.length, maxBytes));
    return this.isWellFormed ? text : `${text}\ud800`;
  }
}
