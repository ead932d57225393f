import { randomUUID } from 'node:crypto';

/** Texts of an answer that are longer than this, in bytes, are written piece by piece. */
const LONG_BYTES = 64 * 1024;
/** As much of an answer's other texts is written in one go: six times as long where all of it is escaped, which takes some 15 ms. */
const MAX_SHORT_BYTES = 1024 ** 2;
/** Written in one go; a multiple of three, so that pieces of base64 fit together. */
const PIECE_BYTES = 48 * 1024;

type Encoding = 'utf-8' | 'base64';

interface Part {
  readonly bytes: Buffer;
  readonly encoding: Encoding;
}

/**
 * The texts of one answer that are long, or that come after many others. They stand in it as markers until it is written, so that no
 * text of megabytes is ever made in one go: that would block the service for everybody else.
 */
export class LongAnswer {
  readonly #markerPrefix = `${randomUUID()}:`;
  readonly #parts: Part[] = [];
  #shortBytes = 0;

  /** Bytes that wait to be written; 0 where the whole answer can be written in one go. */
  get heldBytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The bytes as a text, or where that would take long, a marker. Invalid UTF-8 is replaced. */
  text(bytes: Buffer, encoding: Encoding): string {
    const isShort = bytes.length <= LONG_BYTES && this.#shortBytes + bytes.length <= MAX_SHORT_BYTES;
    if (isShort) {
      this.#shortBytes += bytes.length;
      return bytes.toString(encoding === 'base64' ? 'base64' : 'utf8');
    }
    return this.#markerPrefix + (this.#parts.push({ bytes, encoding }) - 1);
  }

  /** The JSON of a value that holds markers of ours, in pieces. */
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
