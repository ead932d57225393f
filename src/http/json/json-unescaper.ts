import { isUtf8 } from 'node:buffer';
import { GrowingBytes } from '../../core/growing-bytes.ts';
import type { Place } from './json-place.ts';
import { MalformedJson } from './json-refusals.ts';
import { LongText } from './long-text.ts';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
/** Length in bytes of a short escape such as `\n`, of a `\u0041`, and of a surrogate pair. */
const SHORT = 2;
const UNIT = 6;
const PAIR = 12;
const REPLACEMENT = Buffer.from('\ufffd');

/** The meaning of the byte after a backslash. */
const SIMPLE: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(([from, to]) => [
    from.charCodeAt(0),
    to.charCodeAt(0),
  ]),
);

/** Decodes the inside of a JSON string to UTF-8. The input may be cut into pieces anywhere. */
export class JsonUnescaper {
  readonly #text = new GrowingBytes();
  /** The beginning of an escape whose end has not arrived yet. */
  #rest: Buffer = Buffer.alloc(0);
  #isWellFormed = true;
  readonly #start: Place;

  /** `start` is the place of the string, for error messages. */
  constructor(start: Place) {
    this.#start = start;
  }

  /** Decodes the next piece. Throws `MalformedJson` on an unknown escape. */
  append(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    // Copied, because a slice would keep the whole chunk in memory.
    this.#rest = Buffer.from(this.#take(bytes, PAIR));
  }

  /** Returns the whole text. Throws `MalformedJson` if it is not valid UTF-8 or ends inside an escape. */
  finish(): LongText {
    if (this.#take(this.#rest, SHORT).length > 0) throw this.#malformed('ends inside an escape');
    const { bytes } = this.#text;
    if (!isUtf8(bytes)) throw this.#malformed('is not valid UTF-8');
    return new LongText(bytes, this.#isWellFormed);
  }

  /** Decodes everything except an incomplete escape at the end. Returns that rest. */
  #take(bytes: Buffer, lookAhead: number): Buffer {
    let from = 0;
    for (let at = bytes.indexOf(BACKSLASH); at >= 0; at = bytes.indexOf(BACKSLASH, from)) {
      if (at > from) this.#text.append(bytes.subarray(from, at));
      const left = bytes.length - at;
      if (left < SHORT || (bytes[at + 1] === LOWER_U && left < Math.max(UNIT, lookAhead))) return bytes.subarray(at);
      from = at + this.#unescape(bytes, at);
    }
    this.#text.append(bytes.subarray(from));
    return bytes.subarray(bytes.length);
  }

  /** Decodes the escape at this index and returns its length. */
  #unescape(bytes: Buffer, at: number): number {
    if (bytes[at + 1] === LOWER_U) return this.#unescapeUnit(bytes, at);
    const meaning = SIMPLE.get(bytes[at + 1] ?? 0);
    if (meaning === undefined) throw this.#unknownEscape();
    this.#text.appendByte(meaning);
    return SHORT;
  }

  #unescapeUnit(bytes: Buffer, at: number): number {
    const unit = this.#unitAt(bytes, at);
    if (unit < 0x80) {
      this.#text.appendByte(unit);
      return UNIT;
    }
    const isHigh = unit >= 0xd800 && unit <= 0xdbff;
    const next = isHigh && bytes[at + UNIT] === BACKSLASH && bytes[at + UNIT + 1] === LOWER_U;
    const low = next ? this.#unitAt(bytes, at + UNIT) : 0;
    if (low >= 0xdc00 && low <= 0xdfff) {
      this.#text.append(Buffer.from(String.fromCharCode(unit, low)));
      return PAIR;
    }
    const isLone = unit >= 0xd800 && unit <= 0xdfff;
    if (isLone) this.#isWellFormed = false;
    this.#text.append(isLone ? REPLACEMENT : Buffer.from(String.fromCharCode(unit)));
    return UNIT;
  }

  #unitAt(bytes: Buffer, at: number): number {
    const digits = bytes.toString('latin1', at + SHORT, at + UNIT);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#unknownEscape();
    return Number.parseInt(digits, 16);
  }

  #unknownEscape(): MalformedJson {
    return this.#malformed('contains an unknown escape (write a backslash as \\\\)');
  }

  #malformed(what: string): MalformedJson {
    return new MalformedJson(`a string ${what}; it starts`, this.#start);
  }
}
