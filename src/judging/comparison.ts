import { setImmediate } from 'node:timers/promises';
import type { Comparison } from '../core/request.ts';
import { parseDecimal } from './decimal.ts';

/** Tolerates an error in the last binary digit, as testlib does, so that 0.4 is within 0.1 of 0.3. */
const ROUNDING = 1e-15;
/** Bytes of expected output that are compared between turns of the event loop. */
const STRIDE_BYTES = 256 * 1024;
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Compares the next part. Returns `undefined` if there is more to compare. */
type Walk = (expected: Cursor, output: Cursor) => boolean | undefined;

/**
 * Whether the output matches the expected output. Works on bytes, in linear time and without copying, and gives the event loop turns
 * in between, because a caller may send many megabytes.
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

/** A position in bytes. White space at the end of the bytes is ignored. */
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

  /** Skips bytes of one kind and returns how many there were. */
  skip(isOfKind: (byte: number | undefined) => boolean): number {
    const from = this.at;
    while (this.at < this.end && isOfKind(this.bytes[this.at])) this.at += 1;
    return this.at - from;
  }

  /** The last `count` bytes that were skipped. */
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

/** Whether the tokens are equal, or `alike` if their bytes differ. */
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

/** Whether the last `count` bytes that were skipped are the same. */
function sameLast(expected: Cursor, output: Cursor, count: number): boolean {
  for (let back = 1; back <= count; back += 1) {
    if (expected.bytes[expected.at - back] !== output.bytes[output.at - back]) return false;
  }
  return true;
}

/** A token that is not a number, or too large for a double, is not near anything. */
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
