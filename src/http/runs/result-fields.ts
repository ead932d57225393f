import { z } from '@hono/zod-openapi';

/** Building blocks for response schemas. */

export const usage = z
  .object({
    wall_ms: z.number(),
    cpu_ms: z.number().nullable().openapi({ description: 'CPU time of all processes; null if the sandbox was lost' }),
    memory_peak_bytes: z.number().int().nullable(),
  })
  .openapi('Usage');

/** The error in a program's output, as fields. */
export const programError = z
  .object({
    type: z.string().openapi({ example: 'ValueError' }),
    message: z.string(),
    file: z.string().nullable().openapi({
      example: 'lib/greet.py',
      description: 'The innermost file of the request that the report names, relative to the working directory',
    }),
    line: z.number().int().nullable(),
    column: z.number().int().nullable(),
    traceback: z.string().nullable().openapi({ description: "The report as printed; null for a compiler's message" }),
  })
  .openapi('ProgramError');

export const ERROR_DESCRIPTION =
  'What the program or its compiler reported if it failed, read from stderr. Null if it succeeded, was ended at a limit, or reported nothing in a known format';

export const fateStatus = z.enum(['completed', 'signaled', 'timed_out', 'out_of_memory', 'output_limit_exceeded']);
