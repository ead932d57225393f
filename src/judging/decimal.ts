/** Decimal numbers in bytes: `1`, `-0.5`, `.5`, `5.`, `+1e-9`. Hexadecimal numbers, `nan` and `inf` are not accepted. */

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const LOWER_E = 0x65;
const UPPER_E = 0x45;
const ZERO = 0x30;
const NINE = 0x39;
/** A double represents integers with this many digits exactly, and powers of ten with this exponent. */
const EXACT_DIGITS = 15;

/** Parses a whole token; the result may be infinite. Returns `undefined` if it is not a number. Takes linear time. */
export function parseDecimal(token: Buffer): number | undefined {
  const start = isSign(token[0]) ? 1 : 0;
  const pointAt = endOfDigits(token, start);
  const fractionAt = token[pointAt] === POINT ? pointAt + 1 : pointAt;
  const end = endOfDigits(token, fractionAt);
  const digits = pointAt - start + end - fractionAt;
  if (digits === 0 || !isExponent(token, end)) return undefined;
  if (digits > EXACT_DIGITS || end < token.length) return Number(token.toString('latin1'));
  const value = integer(token, start, end) / 10 ** (end - fractionAt);
  return token[0] === MINUS ? -value : value;
}

/** The digits from `from` to `to` as one integer, ignoring a decimal point between them. */
function integer(token: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const byte = token[at] ?? 0;
    if (byte !== POINT) value = 10 * value + byte - ZERO;
  }
  return value;
}

/** Whether the rest of the token, from `from` on, is empty or an exponent. */
function isExponent(token: Buffer, from: number): boolean {
  if (from === token.length) return true;
  if (token[from] !== LOWER_E && token[from] !== UPPER_E) return false;
  const digitsAt = isSign(token[from + 1]) ? from + 2 : from + 1;
  return digitsAt < token.length && endOfDigits(token, digitsAt) === token.length;
}

function endOfDigits(token: Buffer, from: number): number {
  let at = from;
  while (isDigit(token[at])) at += 1;
  return at;
}

function isDigit(byte = 0): boolean {
  return byte >= ZERO && byte <= NINE;
}

function isSign(byte: number | undefined): boolean {
  return byte === PLUS || byte === MINUS;
}
