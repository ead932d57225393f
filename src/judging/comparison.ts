import { setImmediate } from 'node:timers/promises';
import type { Comparison } from '../core/request.ts';
import { parseDecimal } from './decimal.ts';

/** Forgives the last binary digit, so that 0.4 is within 0.1 of 0.3; as testlib does. */
const ROUNDING = 1e-15;
/** Bytes of what is expected that are walked in one go. */
const STRIDE_BYTES = 256 * 1024;
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Compares some more; `undefined` where there is more to come. */
type Walk = (expected: Cursor, output: Cursor) => boolean | undefined;

/**
 * Whether the output is as expected. Works on the bytes, in time linear in their number and without copies of them, and lets others
 * have their turn in between: a caller may send many megabytes.
 */
export async function agrees(comparison: Comparison, expected: Buffer, output: Buffer): Promise<boolean> {
  if (expected.equals(output)) return true;
  if (comparison.kind === 'exact') return false;
  const walk = walkOf(comparison);
  const [wanted, got] = [new Cursor(expected), new Cursor(output)];
  for (;;) {
    const same = walk(wanted, got);
    if (same !== undefined) return same;
    await setImmediate();
  }
}

function walkOf(comparison: Comparison): Walk {
  if (comparison.kind === 'float') {
    return (expected, output) => sameTokens(expected, output, (wanted, got) => isNear(wanted, got, comparison.epsilon));
  }
  return comparison.kind === 'tokens' ? (expected, output) => sameTokens(expected, output, () => false) : sameLines;
}

/** A place in bytes whose white space at the end is left out. */
class Cursor {
  readonly bytes: Buffer;
  readonly end: number;
  at = 0;

  constructor(bytes: Buffer) {
    let end = bytes.length;
    while (isSpace(bytes[end - 1])) end -= 1;
    this.bytes = bytes;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at === this.end;
  }

  get byte(): number | undefined {
    return this.isAtEnd ? undefined : this.bytes[this.at];
  }

  /** Steps over bytes of one kind and tells how many there were. */
  skip(isOfKind: (byte: number | undefined) => boolean): number {
    const from = this.at;
    while (this.at < this.end && isOfKind(this.bytes[this.at])) this.at += 1;
    return this.at - from;
  }

  /** The last `count` bytes stepped over. */
  last(count: number): Buffer {
    return this.bytes.subarray(this.at - count, this.at);
  }
}

function sameLines(expected: Cursor, output: Cursor): boolean | undefined {
  const pauseAt = expected.at + STRIDE_BYTES;
  while (expected.at < pauseAt) {
    const wanted = expected.skip(isBlank);
    const got = output.skip(isBlank);
    const doBlanksMatter = expected.byte !== NEWLINE && output.byte !== NEWLINE;
    if (doBlanksMatter && !(wanted === got && sameLast(expected, output, wanted))) return false;
    if (expected.isAtEnd || output.isAtEnd) return expected.isAtEnd && output.isAtEnd;
    if (expected.byte !== output.byte) return false;
    expected.at += 1;
    output.at += 1;
  }
  return undefined;
}

/** Whether the tokens are the same, or `alike` where their bytes are not. */
function sameTokens(
  expected: Cursor,
  output: Cursor,
  alike: (wanted: Buffer, got: Buffer) => boolean,
): boolean | undefined {
  const pauseAt = expected.at + STRIDE_BYTES;
  while (expected.at < pauseAt) {
    expected.skip(isSpace);
    output.skip(isSpace);
    if (expected.isAtEnd || output.isAtEnd) return expected.isAtEnd && output.isAtEnd;
    const wanted = expected.skip(isNoSpace);
    const got = output.skip(isNoSpace);
    if (wanted === got && sameLast(expected, output, wanted)) continue;
    if (!alike(expected.last(wanted), output.last(got))) return false;
  }
  return undefined;
}

/** Whether the last `count` bytes stepped over are the same. */
function sameLast(expected: Cursor, output: Cursor, count: number): boolean {
  for (let back = 1; back <= count; back += 1) {
    if (expected.bytes[expected.at - back] !== output.bytes[output.at - back]) return false;
  }
  return true;
}

/** What is infinite as a double, or no number at all, is near to nothing. */
function isNear(wantedToken: Buffer, gotToken: Buffer, epsilon: number): boolean {
  const wanted = parseDecimal(wantedToken) ?? Number.NaN;
  const got = parseDecimal(gotToken) ?? Number.NaN;
  return Math.abs(wanted - got) <= epsilon * Math.max(1, Math.abs(wanted)) + ROUNDING;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || (byte !== undefined && byte >= TAB && byte <= CARRIAGE_RETURN);
}

function isNoSpace(byte: number | undefined): boolean {
  return !isSpace(byte);
}

function isBlank(byte: number | undefined): boolean {
  return byte !== NEWLINE && isSpace(byte);
}
