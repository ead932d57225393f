import { isUtf8 } from 'node:buffer';
import { constants } from 'node:os';
import type { z } from '@hono/zod-openapi';
import type { Execution, Output, Usage } from '../../core/result.ts';
import type { Encoding } from '../fields.ts';
import type { LongResponse } from '../json/long-response.ts';
import type { usage } from './result-fields.ts';

/** The output and usage of one execution, as they appear in a response. */

/** How the texts of a response are written. */
export interface TextFormat {
  readonly encoding: Encoding;
  /** Holds the long texts. */
  readonly long: LongResponse;
}

/** Converts an output stream to text. If the stream was cut, the text does not end in a partial character. */
export function toText({ bytes, truncated }: Output, format: TextFormat): { text: string; invalid: boolean } {
  const { encoding, long } = format;
  if (encoding === 'base64') return { text: long.text(bytes, encoding), invalid: false };
  const whole = truncated ? withoutPartialCharacter(bytes) : bytes;
  return { text: long.text(whole, encoding), invalid: !isUtf8(whole) };
}

/** Removes an incomplete UTF-8 sequence at the end, if there is one. */
function withoutPartialCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isContinuation = (byte & 0b1100_0000) === 0b1000_0000;
    if (!isContinuation) return sequenceLength(byte) > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

export function signalName({ fate }: Execution): string | null {
  if (fate.status !== 'signaled') return null;
  const names = Object.entries(constants.signals);
  return names.find(([, number]) => number === fate.signal)?.[0] ?? `SIG${fate.signal}`;
}

export function toUsage({ wallMs, cpuMs, memoryPeakBytes }: Usage): z.output<typeof usage> {
  return {
    wall_ms: round(wallMs),
    cpu_ms: cpuMs === undefined ? null : round(cpuMs),
    memory_peak_bytes: memoryPeakBytes ?? null,
  };
}

export function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
