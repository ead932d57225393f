/** Headers of tar archives for sandbox-init: ustar, with a pax header before a file whose name does not fit. */

export const BLOCK_BYTES = 512;

const NAME_BYTES = 100;
const SUM_AT = 148;
const SUM_BYTES = 8;
/** The name of a pax header itself, which readers ignore. */
const PAX_NAME = Buffer.from('PaxHeader');

/** A regular file in an archive. */
export interface TarFile {
  readonly path: string;
  /** Permissions. */
  readonly mode: number;
  readonly bytes: number;
}

/** The blocks before a file's content. The file belongs to root and dates from 1970. */
export function encodeTarHeader({ path, mode, bytes }: TarFile): Buffer {
  const name = Buffer.from(path);
  if (name.length <= NAME_BYTES) return encodeBlock({ type: '0', name, mode, bytes });
  const record = paxRecord('path', path);
  return Buffer.concat([
    encodeBlock({ type: 'x', name: PAX_NAME, mode, bytes: record.length }),
    record,
    tarPadding(record.length),
    encodeBlock({ type: '0', name: name.subarray(0, NAME_BYTES), mode, bytes }),
  ]);
}

/** The zeros that fill the last block of a content of this size. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc(-bytes & (BLOCK_BYTES - 1));
}

interface Block {
  /** `0`: a regular file. `x`: a pax header. */
  readonly type: '0' | 'x';
  readonly name: Buffer;
  readonly mode: number;
  readonly bytes: number;
}

function encodeBlock({ type, name, mode, bytes }: Block): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(name);
  block.write(`${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(bytes, 11)}\0${octal(0, 11)}\0`, NAME_BYTES);
  block.fill(' ', SUM_AT, SUM_AT + SUM_BYTES);
  block.write(`${type}`, SUM_AT + SUM_BYTES);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0`, SUM_AT);
  return block;
}

function octal(number: number, digits: number): string {
  return number.toString(8).padStart(digits, '0');
}

/** A record begins with its own length, which includes the digits of the length. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const restBytes = Buffer.byteLength(rest);
  const estimate = restBytes + String(restBytes).length;
  return Buffer.from(`${restBytes + String(estimate).length}${rest}`);
}
