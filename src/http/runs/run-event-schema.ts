import { z } from '@hono/zod-openapi';
import { problemSchema } from '../errors.ts';
import { testResult } from './judging-schema.ts';
import { fateStatus, usage } from './result-fields.ts';
import { runResponseSchema } from './run-response-schema.ts';

/** The events of a streamed run, in the form of NDJSON. In a `text/event-stream`, `event` is the event's name and the rest its data. */

const phase = z.enum(['compile', 'run']);
const stream = z.enum(['stdout', 'stderr']);
const test = z.number().int().optional().openapi({ description: 'Index of the test; only in a judged run' });

const queued = z.object({
  event: z.literal('queued'),
  run_id: z.string(),
  position: z.number().int().openapi({ description: 'Number of waiting runs, including this one' }),
});

const started = z.object({
  event: z.literal('started'),
  run_id: z.string(),
  phase,
  test,
  sandbox: z.enum(['warm', 'cold']),
});

const output = z.object({
  event: stream,
  phase,
  test,
  text: z.string().optional(),
  base64: z.string().optional().openapi({ description: 'Instead of `text` if `output_encoding` is `base64`' }),
  at_ms: z.number().openapi({ description: 'Milliseconds since the phase began' }),
});

const truncated = z.object({ event: z.literal('truncated'), phase, test, stream });

const exited = z.object({
  event: z.literal('exited'),
  phase: z.literal('compile'),
  status: fateStatus,
  exit_code: z.number().int(),
  signal: z.string().nullable(),
  usage,
  cached: z.boolean(),
});

const ping = z.object({ event: z.literal('ping') });

export const runEventSchema = z
  .union([
    queued,
    started,
    output,
    truncated,
    exited,
    testResult.extend({ event: z.literal('test') }),
    runResponseSchema.extend({ event: z.literal('result') }),
    problemSchema.extend({ event: z.literal('error') }),
    ping,
  ])
  .openapi('RunEvent');

export type QueuedEvent = z.output<typeof queued>;
export type StartedEvent = z.output<typeof started>;
export type OutputEvent = z.output<typeof output>;
export type TruncatedEvent = z.output<typeof truncated>;
export type ExitedEvent = z.output<typeof exited>;
