/**
 * The frames of the protocol with sandbox-init (`sandbox-init/PROTOCOL.md`): length (4 bytes, big-endian), type (1 byte), payload.
 * Works on bytes only; sockets and engines are not known here.
 */

/** Types of frames to sandbox-init. */
export const IN = {
  files: 'F',
  tmpFiles: 'T',
  exec: 'X',
  stdin: 'I',
  signal: 'S',
  collect: 'C',
  snapshot: 'P',
  reset: 'R',
  limits: 'L',
  ahead: 'A',
  exit: 'Q',
} as const;

/** Types of frames from sandbox-init. */
export const OUT = {
  ready: 'r',
  started: 's',
  stdout: 'o',
  stderr: 'e',
  stdinAck: 'a',
  exited: 'x',
  files: 'f',
  omitted: 'n',
  error: 'E',
} as const;

export type InType = (typeof IN)[keyof typeof IN];
export type OutType = (typeof OUT)[keyof typeof OUT];

/** Maximum payload of a frame to sandbox-init, in bytes. */
export const MAX_IN_PAYLOAD_BYTES = 1024 * 1024;
/** Maximum payload of a frame from sandbox-init, in bytes. */
export const MAX_OUT_PAYLOAD_BYTES = 64 * 1024;
/** Maximum number of `stdin` bytes that are sent but not yet acknowledged. */
export const STDIN_WINDOW_BYTES = 64 * 1024;

const HEADER_BYTES = 5;
const EMPTY = Buffer.alloc(0);
const OUT_TYPES: ReadonlySet<string> = new Set(Object.values(OUT));

/** The other side broke the protocol, so nothing it sends can be trusted any more. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Encodes a frame to sandbox-init. Throws `ProtocolError` if the payload is over the limit. */
export function encodeFrame(type: InType, payload: Uint8Array = EMPTY): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  writeHeader(frame, type, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Frames that carry these bytes, each as a header and a payload to send one after the other. The bytes are not copied. */
export function framesOf(type: InType, bytes: Buffer): Buffer[][] {
  const frames: Buffer[][] = [];
  for (let offset = 0; offset < bytes.length; offset += MAX_IN_PAYLOAD_BYTES) {
    const payload = bytes.subarray(offset, offset + MAX_IN_PAYLOAD_BYTES);
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    writeHeader(header, type, payload.length);
    frames.push([header, payload]);
  }
  return frames;
}

function writeHeader(frame: Buffer, type: InType, payloadBytes: number): void {
  if (payloadBytes > MAX_IN_PAYLOAD_BYTES) {
    throw new ProtocolError(`a ${type} frame of ${payloadBytes} bytes is over the limit of ${MAX_IN_PAYLOAD_BYTES}`);
  }
  frame.writeUInt32BE(payloadBytes, 0);
  frame.write(type, 4, 'latin1');
}

export type Field = readonly [key: string, value: string | number];

/** Encodes fields as NUL-terminated `key=value` strings. Throws `ProtocolError` if a value contains NUL, which would forge a field. */
export function encodeFields(fields: Iterable<Field>): Buffer {
  let text = '';
  for (const [key, value] of fields) {
    const entry = `${key}=${value}`;
    if (entry.includes('\0')) throw new ProtocolError(`the field ${key} contains a NUL`);
    text += `${entry}\0`;
  }
  return Buffer.from(text, 'utf8');
}

/** Decodes fields with unique keys. Values stay bytes, as `latin1`, because paths need not be UTF-8. */
export function decodeFields(payload: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  if (payload.length === 0) return fields;
  if (payload.at(-1) !== 0) throw new ProtocolError('fields do not end with NUL');
  for (const entry of payload.toString('latin1', 0, payload.length - 1).split('\0')) {
    const equals = entry.indexOf('=');
    if (equals < 1) throw new ProtocolError('a field has no key');
    fields.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return fields;
}

export interface OutFrame {
  readonly type: OutType;
  readonly payload: Buffer;
}

/** Splits the bytes from sandbox-init into frames. Holds at most one incomplete frame. */
export class FrameDecoder {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #neededBytes = HEADER_BYTES;

  /** Returns the frames that this chunk completes, oldest first. Throws `ProtocolError` if a type or length is invalid. */
  push(chunk: Buffer): OutFrame[] {
    const frames: OutFrame[] = [];
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#neededBytes) return frames;
    const bytes = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending, this.#pendingBytes);
    let offset = 0;
    let neededBytes = HEADER_BYTES;
    while (bytes.length - offset >= HEADER_BYTES) {
      neededBytes = HEADER_BYTES + payloadLength(bytes, offset);
      if (bytes.length - offset < neededBytes) break;
      frames.push({
        type: outType(bytes, offset),
        payload: bytes.subarray(offset + HEADER_BYTES, offset + neededBytes),
      });
      offset += neededBytes;
      neededBytes = HEADER_BYTES;
    }
    this.#pending = offset < bytes.length ? [bytes.subarray(offset)] : [];
    this.#pendingBytes = bytes.length - offset;
    this.#neededBytes = neededBytes;
    return frames;
  }

  /** Whether the stream may end here, which is true between frames. */
  get atBoundary(): boolean {
    return this.#pendingBytes === 0;
  }
}

function payloadLength(bytes: Buffer, offset: number): number {
  outType(bytes, offset);
  const length = bytes.readUInt32BE(offset);
  if (length > MAX_OUT_PAYLOAD_BYTES)
    throw new ProtocolError(`a frame of ${length} bytes is over the limit of ${MAX_OUT_PAYLOAD_BYTES}`);
  return length;
}

function outType(bytes: Buffer, offset: number): OutType {
  const type = String.fromCharCode(bytes[offset + 4] ?? 0);
  if (!OUT_TYPES.has(type)) throw new ProtocolError(`unknown frame type 0x${type.charCodeAt(0).toString(16)}`);
  return type as OutType;
}
