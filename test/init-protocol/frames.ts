import { encodeFields, type Field, OUT, type OutType } from '../../src/init-protocol/codec.ts';
import { seededRandom } from '../fixtures.ts';

/** sandbox-init's side of the protocol, implemented from PROTOCOL.md only. */

export interface InFrame {
  readonly type: string;
  readonly payload: Buffer;
}

/** A frame as sandbox-init writes it. */
export function outFrame(type: OutType | string, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(payload.length, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, payload]);
}

export function fieldsFrame(type: OutType, ...fields: Field[]): Buffer {
  return outFrame(type, encodeFields(fields));
}

export const READY = fieldsFrame(OUT.ready, ['protocol', 1]);
export const STARTED = outFrame(OUT.started);
export const END_OF_FILES = outFrame(OUT.files);

export function exited(changes: Record<string, string | number> = {}): Buffer {
  const fields = {
    cause: 'exited',
    exit_code: 0,
    wall_us: 12_345,
    cpu_us: 10_900,
    user_us: 10_000,
    system_us: 900,
    memory_peak_bytes: 9_437_184,
    stdout_bytes: 0,
    stderr_bytes: 0,
    ...changes,
  };
  return fieldsFrame(OUT.exited, ...Object.entries(fields));
}

/** Parses the frames that the service wrote. Throws if the bytes do not end at the end of a frame. */
export function readFrames(bytes: Buffer): InFrame[] {
  const frames: InFrame[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const length = bytes.readUInt32BE(offset);
    const end = offset + 5 + length;
    if (end > bytes.length) throw new Error('a truncated frame');
    frames.push({ type: bytes.toString('latin1', offset + 4, offset + 5), payload: bytes.subarray(offset + 5, end) });
    offset = end;
  }
  return frames;
}

/** `key=value` strings of a payload, in order. */
export function readFields(payload: Buffer): string[] {
  return payload.toString('utf8').split('\0').slice(0, -1);
}

export { OUT };

export function seededRandomBytes(length: number): Buffer {
  const random = seededRandom(length);
  return Buffer.from(Uint8Array.from({ length }, () => random() * 256));
}
