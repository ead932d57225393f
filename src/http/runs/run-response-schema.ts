import { z } from '@hono/zod-openapi';
import { encoding } from '../fields.ts';
import { judgementFields } from './judging-schema.ts';
import { ERROR_DESCRIPTION, fateStatus, programError, usage } from './result-fields.ts';

const milliseconds = z.number();

/** The response body of `POST /run`. */
export const runResponseSchema = z
  .object({
    run_id: z.string(),
    status: z.enum([...fateStatus.options, 'compile_failed']),
    exit_code: z.number().int().openapi({
      description:
        "The program's exit code; 128+n if signal n ended it, 137 if it ran out of memory, -1 if it timed out",
    }),
    signal: z.string().nullable().openapi({ example: 'SIGSEGV', description: 'The signal, if status is `signaled`' }),
    stdout: z.string(),
    stderr: z.string(),
    stdout_truncated: z.boolean(),
    stderr_truncated: z.boolean(),
    invalid_utf8: z.boolean().openapi({ description: 'Whether invalid UTF-8 was replaced in stdout or stderr' }),
    execution_time: z.number().openapi({
      description: 'Wall-clock seconds of compiling plus running. For a cached compile, the time to look it up',
    }),
    error: programError.nullable().openapi({ description: ERROR_DESCRIPTION }),
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
            'Whether the program came from the cache. The other fields then describe the compile phase that filled it',
        }),
      })
      .nullable(),
    metadata: z
      .unknown()
      .openapi({ description: 'The JSON value that the program wrote to $CODE_RUNNER_METADATA, or null' }),
    output_files: z.record(z.string(), z.object({ content: z.string(), encoding, size: z.number().int() })),
    output_files_omitted: z
      .array(z.object({ path: z.string(), reason: z.string().openapi({ example: 'not_found' }) }))
      .openapi({ description: 'Requested files that could not be returned, with the reason' }),
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
    isolation: z.enum(['cell', 'container']).openapi({
      description:
        '`cell`: fresh kernel namespaces in a container that serves one run of a tenant after the other. `container`: a container of its own.',
    }),
    ...judgementFields,
  })
  .openapi('RunResponse');

export type RunResponseBody = z.output<typeof runResponseSchema>;
