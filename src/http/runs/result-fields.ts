import { z } from '@hono/zod-openapi';

/** The building blocks of an answer. */

export const usage = z
  .object({
    wall_ms: z.number(),
    cpu_ms: z
      .number()
      .nullable()
      .openapi({ description: 'CPU time of all processes; null where the sandbox could no longer be asked' }),
    memory_peak_bytes: z.number().int().nullable(),
  })
  .openapi('Usage');

export const fateStatus = z.enum(['completed', 'signaled', 'timed_out', 'out_of_memory', 'output_limit_exceeded']);
