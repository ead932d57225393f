import { randomUUID } from 'node:crypto';
import { GrowingBytes } from '../../core/growing-bytes.ts';
import { type Place, UNESCAPED } from './json-place.ts';
import { MalformedJson, tooMuchJson } from './json-refusals.ts';
import { JsonUnescaper } from './json-unescaper.ts';
import { LONG_TEXT_BYTES, type LongText } from './long-text.ts';

/** No valid request is nested more than a handful of levels deep. */
const MAX_DEPTH = 32;
/** Maximum number of values in a body. The largest sensible judged run has some tens of thousands. */
const MAX_VALUES = 100_000;
/** Maximum size without the long strings. Parsing this much blocks the event loop for about 20 ms. */
const MAX_SKELETON_BYTES = 8 * 1024 ** 2;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const FIRST_PRINTABLE = 0x20;
/** With the bit that distinguishes braces from brackets cleared, `[` and `{` are OPEN, and `]` and `}` are CLOSE. */
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BRACE_BIT = 0x20;

/** A body with its long strings taken out. */
export interface Skeleton {
  /** The JSON, with a marker string in place of each long string. */
  readonly json: Buffer;
  /** A marker is this prefix plus the index of its text. The prefix is random, so a caller cannot guess it. */
  readonly markerPrefix: string;
  readonly texts: readonly LongText[];
  /** Where long strings were taken out. */
  readonly shifts: readonly Shift[];
}

/** Records that a long string was taken out: the position after its marker, and how many bytes longer than the marker it was. */
export interface Shift {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Scans a JSON body while it arrives. It limits the depth and the number of values and takes out long strings, so that the rest can be
 * parsed without blocking the event loop for long. It does not check the grammar; the parser does that.
 */
export class JsonScanner {
  readonly #json = new GrowingBytes();
  readonly #markerPrefix = `${randomUUID()}:`;
  readonly #texts: LongText[] = [];
  readonly #shifts: Shift[] = [];
  /** The string that began in an earlier chunk and has not ended yet. */
  #open: OpenString | undefined;
  #depth = 0;
  #values = 0;
  /** Number of bytes in earlier chunks. */
  #offset = 0;
  #line = 1;
  /** Offset of the current line's first byte in the body. */
  #lineStart = 0;

  /** Scans the next chunk. Throws `RunnerError` as soon as the body must be refused. */
  push(chunk: Buffer): void {
    let keptTo = 0;
    let at = 0;
    if (this.#open) {
      at = this.#continueString(chunk, this.#open);
      keptTo = at;
    }
    while (at < chunk.length) {
      if (chunk[at] !== QUOTE) {
        this.#count(chunk[at] ?? 0);
        if (chunk[at] === NEWLINE) this.#beginLine(at + 1);
        at += 1;
        continue;
      }
      const end = this.#endOfString(chunk, at + 1, false);
      if (end.at < chunk.length && end.at - at <= LONG_TEXT_BYTES) {
        at = end.at + 1;
        continue;
      }
      this.#keep(chunk.subarray(keptTo, at));
      this.#open = new OpenString(this.#placeOf(at));
      at = this.#continueString(chunk, this.#open, at + 1);
      keptTo = at;
    }
    this.#keep(chunk.subarray(keptTo));
    this.#offset += chunk.length;
  }

  /** Call this after the last chunk. */
  finish(): Skeleton {
    if (this.#open) throw new MalformedJson('it ends inside a string that starts', this.#open.start);
    return { json: this.#json.bytes, markerPrefix: this.#markerPrefix, texts: this.#texts, shifts: this.#shifts };
  }

  #count(byte: number): void {
    if (byte === COMMA) this.#values += 1;
    const bracket = byte & ~BRACE_BIT;
    if (bracket === OPEN) {
      this.#depth += 1;
      this.#values += 1;
      if (this.#depth > MAX_DEPTH) throw tooMuchJson(`is nested more than ${MAX_DEPTH} levels deep`);
    } else if (bracket === CLOSE) this.#depth -= 1;
    if (this.#values > MAX_VALUES) throw tooMuchJson(`contains more than ${MAX_VALUES} values`);
  }

  #beginLine(at: number): void {
    this.#line += 1;
    this.#lineStart = this.#offset + at;
  }

  /** The place of a byte of the current chunk. The column counts bytes. */
  #placeOf(at: number): Place {
    return { line: this.#line, column: this.#offset + at - this.#lineStart + 1 };
  }

  #endOfString(chunk: Buffer, from: number, wasEscaped: boolean): StringEnd {
    const end = endOfString(chunk, from, wasEscaped);
    if (end.at < chunk.length && chunk[end.at] !== QUOTE) throw new MalformedJson(UNESCAPED, this.#placeOf(end.at));
    return end;
  }

  /** Scans a string that is long or spans chunks. Returns the position after its end. */
  #continueString(chunk: Buffer, open: OpenString, from = 0): number {
    const end = this.#endOfString(chunk, from, open.isEscaped);
    open.append(chunk.subarray(from, end.at), end.isEscaped);
    if (end.at === chunk.length) return end.at;
    this.#open = undefined;
    const string = open.finish();
    if (Buffer.isBuffer(string)) this.#keepString(string);
    else {
      const marker = Buffer.from(this.#markerPrefix + this.#texts.length);
      this.#keepString(marker);
      this.#texts.push(string);
      this.#shifts.push({ at: this.#json.length, bytes: open.length - marker.length });
    }
    return end.at + 1;
  }

  #keepString(inside: Buffer): void {
    this.#json.appendByte(QUOTE);
    this.#keep(inside);
    this.#json.appendByte(QUOTE);
  }

  #keep(bytes: Buffer): void {
    this.#json.append(bytes);
    if (this.#json.length > MAX_SKELETON_BYTES)
      throw tooMuchJson(`contains more than ${MAX_SKELETON_BYTES} bytes without its long strings`);
  }
}

/** A string whose end has not arrived yet. It is kept as sent while it is short, and decoded as it arrives once it is long. */
class OpenString {
  readonly #short = new GrowingBytes();
  #long: JsonUnescaper | undefined;
  readonly start: Place;
  /** Whether the last byte was a backslash that escapes the next byte. */
  isEscaped = false;
  /** Bytes as sent. */
  length = 0;

  constructor(start: Place) {
    this.start = start;
  }

  append(inside: Buffer, isEscaped: boolean): void {
    this.isEscaped = isEscaped;
    this.length += inside.length;
    if (this.#long) {
      this.#long.append(inside);
      return;
    }
    this.#short.append(inside);
    if (this.#short.length <= LONG_TEXT_BYTES) return;
    this.#long = new JsonUnescaper(this.start);
    this.#long.append(this.#short.bytes);
    this.#short.clear();
  }

  finish(): Buffer | LongText {
    return this.#long ? this.#long.finish() : this.#short.bytes;
  }
}

interface StringEnd {
  /** Index of the closing quote or of a control character, or the length of the chunk if it contains neither. */
  readonly at: number;
  readonly isEscaped: boolean;
}

function endOfString(chunk: Buffer, from: number, wasEscaped: boolean): StringEnd {
  let isEscaped = wasEscaped;
  for (let at = from; at < chunk.length; at += 1) {
    const byte = chunk[at] ?? 0;
    if (byte < FIRST_PRINTABLE) return { at, isEscaped: false };
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) return { at, isEscaped: false };
  }
  return { at: chunk.length, isEscaped };
}
