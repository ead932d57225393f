import { z } from '@hono/zod-openapi';
import { SIZE_FORM } from '../core/draft/limits.ts';
import { SIZE_PATTERN } from '../core/size.ts';
import { LongText } from './json/long-text.ts';

/** Building blocks for request schemas: types and encodings. `core` checks which values are allowed. */

export const encoding = z.enum(['utf-8', 'base64']);
/** Larger than every limit on text other than code and file contents. Longer text is cut here and then refused by that limit. */
const MAX_TEXT_BYTES = 256 * 1024;

/** Text, including long text that was read as `LongText`. */
export function text(maxBytes = MAX_TEXT_BYTES) {
  const shorten = (value: unknown) => (value instanceof LongText ? value.toText(maxBytes + 1) : value);
  return z.preprocess(shorten, z.string());
}

const longText = z.custom<LongText>((value) => value instanceof LongText).openapi({ type: 'string' });
const contentText = z
  .union([z.string(), longText])
  .refine(
    (value) => (typeof value === 'string' ? value.isWellFormed() : value.isWellFormed),
    'must not hold lone surrogates',
  );
const encoded = z
  .strictObject({ content: contentText, encoding: encoding.default('utf-8') })
  .refine((value) => value.encoding !== 'base64' || isBase64(value.content), 'content must be valid base64');
export const content = z.union([contentText, encoded], { error: 'must be text or {content, encoding}' });

/** The maximum number of items, and the message for more. */
export interface AtMost {
  readonly count: number;
  readonly message: string;
}

/** An array. Its length is checked first, because zod would collect an issue for each of a million wrong items. */
export function listOf<T extends z.ZodType>(item: T, { count, message }: AtMost) {
  const refuseLong = (input: unknown, context: z.RefinementCtx) => {
    if (Array.isArray(input) && input.length > count) context.addIssue({ code: 'custom', message });
    return input;
  };
  return z.preprocess(refuseLong, z.array(item));
}

/** A record. Its length is checked first, and `__proto__` is refused: zod would drop that key silently. */
export function mapOf<V extends z.ZodType>(value: V, atMost: AtMost) {
  const refuseOdd = (input: unknown, context: z.RefinementCtx) => {
    if (typeof input !== 'object' || input === null) return input;
    if (Object.keys(input).length > atMost.count) context.addIssue({ code: 'custom', message: atMost.message });
    if (Object.hasOwn(input, '__proto__')) {
      context.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be used as a key' });
    }
    return input;
  };
  return z.preprocess(refuseOdd, z.record(z.string(), value));
}

function isBase64(value: string | LongText): boolean {
  if (value instanceof LongText) return value.decoded !== undefined;
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** An optional field. Some clients send null instead of leaving a field out. */
export function optional<T extends z.ZodType>(schema: T, description: string, fallback?: string | number | boolean) {
  const suffix = fallback === undefined ? '' : ` Default: ${fallback}.`;
  return schema.nullish().openapi({ description: description + suffix });
}

/** A number of seconds. `max` is in milliseconds. */
export function seconds({ max }: { readonly max: number }) {
  return z.number().openapi({ exclusiveMinimum: 0, maximum: max / 1000 });
}

/** A number, with the bounds that `core` checks shown in the documentation. */
export function between(minimum: number, maximum: number) {
  return z.number().openapi({ minimum, maximum });
}

export function wholeBetween(minimum: number, maximum: number) {
  return z.int().openapi({ minimum, maximum });
}

export const size = z.union([z.string(), z.number()], { error: SIZE_FORM }).openapi({
  example: '256m',
  anyOf: [{ type: 'string', pattern: SIZE_PATTERN.source }, { type: 'integer' }, { type: 'null' }],
});

export type Encoding = z.output<typeof encoding>;
