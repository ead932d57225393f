import { z } from '@hono/zod-openapi';
import { encoding } from '../fields.ts';
import { judgementFields } from './judging-schema.ts';
import { fateStatus, usage } from './result-fields.ts';

const milliseconds = z.number();

/** The body of an answered `POST /run`. */
export const runResponseSchema = z
  .object({
    run_id: z.string(),
    status: z.enum([...fateStatus.options, 'compile_failed']),
    exit_code: z
      .number()
      .int()
      .openapi({ description: "The program's own; 128+n when signalled, 137 when out of memory, -1 when timed out" }),
    signal: z.string().nullable().openapi({ example: 'SIGSEGV', description: 'Where status is `signaled`' }),
    stdout: z.string(),
    stderr: z.string(),
    stdout_truncated: z.boolean(),
    stderr_truncated: z.boolean(),
    invalid_utf8: z.boolean().openapi({ description: 'Whether invalid sequences were replaced in stdout or stderr' }),
    execution_time: z.number().openapi({
      description: 'Seconds of compile plus run wall time; of a cached compile what finding it took',
    }),
    usage,
    compile: z
      .object({
        status: fateStatus,
        exit_code: z.number().int(),
        stdout: z.string(),
        stderr: z.string(),
        usage,
        cached: z.boolean().openapi({
          description:
            'Whether the same was compiled before and not again; the rest then tells of the compile phase that this run was spared',
        }),
      })
      .nullable(),
    metadata: z
      .unknown()
      .openapi({ description: 'The JSON value that the program wrote to $CODE_RUNNER_METADATA, or null' }),
    output_files: z.record(z.string(), z.object({ content: z.string(), encoding, size: z.number().int() })),
    output_files_omitted: z
      .array(z.object({ path: z.string(), reason: z.string().openapi({ example: 'not_found' }) }))
      .openapi({ description: 'What output_files named and could not be returned' }),
    timings: z.object({
      queue_ms: milliseconds,
      sandbox_ms: milliseconds,
      stage_ms: milliseconds,
      compile_ms: milliseconds,
      run_ms: milliseconds,
      judge_ms: milliseconds,
      collect_ms: milliseconds,
      total_ms: milliseconds,
    }),
    sandbox: z.enum(['warm', 'cold']),
    ...judgementFields,
  })
  .openapi('RunResponse');

export type RunResponseBody = z.output<typeof runResponseSchema>;
