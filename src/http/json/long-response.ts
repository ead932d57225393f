import { randomUUID } from 'node:crypto';

/** Texts longer than this are written piece by piece. */
const LONG_BYTES = 64 * 1024;
/** Maximum sum of the texts that are written in one go. If all of it must be escaped, it grows sixfold and takes about 15 ms. */
const MAX_SHORT_BYTES = 1024 ** 2;
/** Size of a piece; a multiple of three, so that base64 pieces can be concatenated. */
const PIECE_BYTES = 48 * 1024;

type Encoding = 'utf-8' | 'base64';

interface Part {
  readonly bytes: Buffer;
  readonly encoding: Encoding;
}

/**
 * The long texts of one response. Markers stand in for them until the response is written, so that no string of many megabytes is
 * created at once, which would block the event loop.
 */
export class LongResponse {
  readonly #markerPrefix = `${randomUUID()}:`;
  readonly #parts: Part[] = [];
  #shortBytes = 0;

  /** Bytes that are held for writing piece by piece; 0 if the whole response can be written at once. */
  get heldBytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Converts bytes to text, or to a marker if that would take too long. Replaces invalid UTF-8. */
  text(bytes: Buffer, encoding: Encoding): string {
    const isShort = bytes.length <= LONG_BYTES && this.#shortBytes + bytes.length <= MAX_SHORT_BYTES;
    if (isShort) {
      this.#shortBytes += bytes.length;
      return bytes.toString(encoding === 'base64' ? 'base64' : 'utf8');
    }
    return this.#markerPrefix + (this.#parts.push({ bytes, encoding }) - 1);
  }

  /** Serializes a value that contains markers, in pieces. */
  *pieces(value: unknown): Generator<Buffer, void> {
    const [first = '', ...rest] = JSON.stringify(value).split(this.#markerPrefix);
    yield Buffer.from(first);
    for (const section of rest) {
      const end = section.indexOf('"');
      const part = this.#parts[Number(section.slice(0, end))];
      if (part) yield* part.encoding === 'base64' ? base64Pieces(part.bytes) : textPieces(part.bytes);
      yield Buffer.from(section.slice(end));
    }
  }
}

function* base64Pieces(bytes: Buffer): Generator<Buffer, void> {
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    yield Buffer.from(bytes.toString('base64', from, from + PIECE_BYTES));
  }
}

function* textPieces(bytes: Buffer): Generator<Buffer, void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    const piece = bytes.subarray(from, from + PIECE_BYTES);
    const text = decoder.decode(piece, { stream: from + PIECE_BYTES < bytes.length });
    yield Buffer.from(JSON.stringify(text).slice(1, -1));
  }
}
