/** Strings longer than this, in bytes as sent, become `LongText`. */
export const LONG_TEXT_BYTES = 4096;

/** A long string of a JSON body, decoded to UTF-8 bytes. It never becomes a JavaScript string as a whole. */
export class LongText {
  readonly bytes: Buffer;
  /** `false` if it contains a lone surrogate, which UTF-8 cannot express. */
  readonly isWellFormed: boolean;
  /** The decoded bytes, if the text is base64 and `decodeBase64` has decoded it; else `undefined`. */
  decoded: Buffer | undefined;

  constructor(bytes: Buffer, isWellFormed: boolean) {
    this.bytes = bytes;
    this.isWellFormed = isWellFormed;
  }

  /** Converts at most `maxBytes` bytes to a string. If the text has a lone surrogate, so has the string. */
  toText(maxBytes: number): string {
    const text = this.bytes.toString('utf8', 0, Math.min(this.bytes.length, maxBytes));
    return this.isWellFormed ? text : `${text}\ud800`;
  }
}
