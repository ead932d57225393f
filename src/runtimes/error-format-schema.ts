import { z } from 'zod';
import type { ErrorFormats } from '../core/program-error.ts';

/** A regular expression. */
export const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a regular expression' });
    return z.NEVER;
  }
});

/** See `ErrorFormat`. */
export const errorFormat = z.strictObject({
  report: pattern,
  pick: z.enum(['first', 'last']),
  caret: pattern.optional(),
  error: pattern.optional(),
  until: pattern.optional(),
  frame: pattern.optional(),
  innermost: z.enum(['first', 'last']).default('first'),
  end: pattern.optional(),
  type: z.string().min(1),
});

/** How errors of a language look: those of its compiler and those of its programs. */
export const errorFormats = z
  .strictObject({ compile: z.array(errorFormat).default([]), run: z.array(errorFormat).default([]) })
  .default({ compile: [], run: [] }) satisfies z.ZodType<ErrorFormats>;
