import type { z } from '@hono/zod-openapi';
import { RunnerError } from '../core/errors.ts';
import type { content } from './fields.ts';

/** Text or encoded bytes, as a caller sends them. */
export type Content = z.output<typeof content>;

export function invalid(pointer: string, message: string): RunnerError {
  return new RunnerError('invalid_request', `${pointer}: ${message}`, { violations: [{ pointer, message }] });
}

export function toBytes(content: Content): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return Buffer.from(content.content, content.encoding === 'base64' ? 'base64' : 'utf8');
}

export function requireAtMost(maxBytes: number, bytes: number, detail: string): void {
  if (bytes > maxBytes) throw new RunnerError('payload_too_large', detail);
}

export function toMilliseconds(seconds: number | null | undefined): number | undefined {
  return seconds == null ? undefined : Math.max(1, Math.round(seconds * 1000));
}
