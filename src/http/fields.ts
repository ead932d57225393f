import { z } from '@hono/zod-openapi';
import { SIZE_FORM } from '../core/draft/limits.ts';
import { SIZE_PATTERN } from '../core/size.ts';
import { LongText } from './json/long-text.ts';

/** The building blocks of what a caller may send: types and encodings. What values are allowed is for `core` to say. */

export const encoding = z.enum(['utf-8', 'base64']);
/** More than any text may have but code and contents; a longer one is refused for what is left of it. */
const MAX_TEXT_BYTES = 256 * 1024;

/** Text, also where it is so long that it came as `LongText`. */
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
  .refine((value) => value.encoding !== 'base64' || isBase64(value.content), 'content is not base64');
export const content = z.union([contentText, encoded], { error: 'must be text or {content, encoding}' });

/** How many items are looked at, and what is said of more. */
export interface AtMost {
  readonly count: number;
  readonly message: string;
}

/** An array whose length is checked first: zod would gather an issue for every one of a million wrong items. */
export function listOf<T extends z.ZodType>(item: T, { count, message }: AtMost) {
  const refuseLong = (input: unknown, context: z.RefinementCtx) => {
    if (Array.isArray(input) && input.length > count) context.addIssue({ code: 'custom', message });
    return input;
  };
  return z.preprocess(refuseLong, z.array(item));
}

/** The same for a record; and zod drops a key named `__proto__` without a word, but nothing a caller sends is dropped here. */
export function mapOf<V extends z.ZodType>(value: V, atMost: AtMost) {
  const refuseOdd = (input: unknown, context: z.RefinementCtx) => {
    if (typeof input !== 'object' || input === null) return input;
    if (Object.keys(input).length > atMost.count) context.addIssue({ code: 'custom', message: atMost.message });
    if (Object.hasOwn(input, '__proto__')) {
      context.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be used as a name' });
    }
    return input;
  };
  return z.preprocess(refuseOdd, z.record(z.string(), value));
}

function isBase64(value: string | LongText): boolean {
  if (value instanceof LongText) return value.decoded !== undefined;
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** A field that may be left out; the seed's clients send null for what they leave out. */
export function optional<T extends z.ZodType>(schema: T, description: string, fallback?: string | number | boolean) {
  const suffix = fallback === undefined ? '' : ` Default: ${fallback}.`;
  return schema.nullish().openapi({ description: description + suffix });
}

/** Seconds, of which at most so many milliseconds are allowed. */
export function seconds({ max }: { readonly max: number }) {
  return z.number().openapi({ exclusiveMinimum: 0, maximum: max / 1000 });
}

/** A number with the bounds that `core` holds it to. */
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
