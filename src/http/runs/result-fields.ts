import { z } from '@hono/zod-openapi';

/** Building blocks for response schemas. */

export const usage = z
  .object({
    wall_ms: z.number(),
    cpu_ms: z.number().nullable().openapi({ description: 'CPU time of all processes; null if the sandbox was lost' }),
    memory_peak_bytes: z.number().int().nullable(),
  })
  .openapi('Usage');

export const fateStatus = z.enum(['completed', 'signaled', 'timed_out', 'out_of_memory', 'output_limit_exceeded']);
