import type { z } from '@hono/zod-openapi';
import type { Maybe } from '../core/draft/draft.ts';
import type { content } from './fields.ts';
import { LongText } from './json/long-text.ts';

/** Text or encoded bytes in a request. */
export type Content = z.output<typeof content>;

export function toBytes(content: Content): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  if (content instanceof LongText) return content.bytes;
  const { content: text, encoding } = content;
  if (text instanceof LongText) return (encoding === 'base64' ? text.decoded : undefined) ?? text.bytes;
  return Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8');
}

export function toOptionalBytes(content: Maybe<Content>): Buffer | undefined {
  return content == null ? undefined : toBytes(content);
}

export function toMilliseconds(seconds: Maybe<number>): number | undefined {
  return seconds == null ? undefined : seconds * 1000;
}
