import { z } from '@hono/zod-openapi';

const problem = z
  .object({
    file: z.string().nullable().openapi({ example: 'main.py', description: 'Null if the problem is of no file' }),
    line: z.number().int().nullable(),
    column: z.number().int().nullable(),
    severity: z.enum(['error', 'warning']),
    code: z.string().openapi({
      example: 'syntax_error',
      description:
        '`syntax_error`; `missing_import`: a local import is not among the files; `not_checked`: the syntax could not be checked; otherwise the code with which `POST /run` would refuse the request',
    }),
    message: z.string(),
  })
  .openapi('SourceProblem');

/** The response body of `POST /diagnose`. */
export const diagnosisSchema = z
  .object({
    ok: z.boolean().openapi({ description: 'Whether no problem has the severity `error`' }),
    problems: z.array(problem),
  })
  .openapi('Diagnosis');

export type DiagnosisBody = z.output<typeof diagnosisSchema>;
