import { z } from '@hono/zod-openapi';
import type { Bounds } from '../core/limits.ts';
import { formatSize, parseSize } from '../core/size.ts';

/** The building blocks of what a caller may send. */

/** The kernel's own limit on one argument or environment string, less the final NUL. */
export const MAX_STRING_BYTES = 131_071;

/** Text that survives the way into the sandbox unchanged. */
export const text = z.string().refine((value) => value.isWellFormed(), 'must not hold lone surrogates');
export const argument = text
  .refine((value) => !value.includes('\0'), 'must not hold NUL')
  .refine(isAtMost(MAX_STRING_BYTES), `must be at most ${MAX_STRING_BYTES} bytes`);

export const encoding = z.enum(['utf-8', 'base64']);
const encoded = z
  .strictObject({ content: text, encoding: encoding.default('utf-8') })
  .refine((value) => value.encoding !== 'base64' || isBase64(value.content), 'content is not base64');
export const content = z.union([text, encoded], { error: 'must be text or {content, encoding}' });

export function isAtMost(maxBytes: number) {
  return (value: string) => Buffer.byteLength(value) <= maxBytes;
}

export interface AtMost {
  readonly count: number;
  readonly message: string;
}

export const AT_MOST_STRINGS: AtMost = { count: 65_536, message: 'must be at most 65536' };

/** An array whose length is checked first: zod would gather an issue for every one of a million wrong items. */
export function listOf<T extends z.ZodType>(item: T, { count, message }: AtMost) {
  const refuseLong = (input: unknown, context: z.RefinementCtx) => {
    if (Array.isArray(input) && input.length > count) context.addIssue({ code: 'custom', message });
    return input;
  };
  return z.preprocess(refuseLong, z.array(item));
}

/** The same for a record; and zod drops a key named `__proto__` without a word, but nothing a caller sends is dropped here. */
export function mapOf<K extends z.ZodType<string, string>, V extends z.ZodType>(key: K, value: V, atMost: AtMost) {
  const refuseOdd = (input: unknown, context: z.RefinementCtx) => {
    if (typeof input !== 'object' || input === null) return input;
    if (Object.keys(input).length > atMost.count) context.addIssue({ code: 'custom', message: atMost.message });
    if (Object.hasOwn(input, '__proto__')) {
      context.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be used as a name' });
    }
    return input;
  };
  return z.preprocess(refuseOdd, z.record(key, value));
}

function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** A field that may be left out; the seed's clients send null for what they leave out. */
export function optional<T extends z.ZodType>(schema: T, description: string, fallback?: string | number | boolean) {
  const suffix = fallback === undefined ? '' : ` Default: ${fallback}.`;
  return schema.nullish().openapi({ description: description + suffix });
}

export function seconds(bounds: Bounds, ceiling: string) {
  const max = bounds.max / 1000;
  return z.number().positive('must be more than 0').max(max, `must be at most ${max} (${ceiling})`);
}

const MUST_BE_SIZE = 'must be a size such as 256m or 1GiB, or a number of bytes';

export function size(bounds: Bounds, floor: number, ceiling: string) {
  const max = formatSize(bounds.max);
  const sizeValue = z.union([z.string(), z.number()], { error: MUST_BE_SIZE });
  return sizeValue.superRefine((value, context) => {
    const bytes = parseSize(value);
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (bytes === undefined) refuse(MUST_BE_SIZE);
    else if (bytes < floor) refuse(`must be at least ${formatSize(floor)}`);
    else if (bytes > bounds.max) refuse(`must be at most ${max} (${ceiling})`);
  });
}

export type Encoding = z.output<typeof encoding>;
