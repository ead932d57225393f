import { z } from '@hono/zod-openapi';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { atMostItems } from '../../core/draft/strings.ts';
import { MAX_TEST_ARGS } from '../../core/draft/test-suite.ts';
import type { LimitPolicy } from '../../core/limits.ts';
import { VERDICTS } from '../../core/verdict.ts';
import { content, listOf, optional, seconds, text } from '../fields.ts';
import { ERROR_DESCRIPTION, fateStatus, programError, usage } from './result-fields.ts';

const epsilon = z.number().openapi({ minimum: 0 });
const comparison = z.union([z.enum(['lines', 'exact', 'tokens']), z.strictObject({ float: epsilon })], {
  error: 'must be lines, exact, tokens or {float: epsilon}',
});
const COMPARISON =
  'How output is compared with `expected_stdout`. `lines` ignores white space at the end of each line and of the output. `exact` compares ' +
  'every byte. `tokens` ignores the amount and kind of white space between tokens. `{float: epsilon}` is `tokens`, and decimal numbers may ' +
  'differ by at most epsilon, absolute or relative to the expected number.';

/** A checker or interactor: a program that the caller provides. */
function evaluatorProgram({ limits, defaultRuntime }: RequestPolicy) {
  return z.strictObject({
    code: text(limits.maxCodeBytes).openapi({ description: 'The main source file.' }),
    image: optional(text(), 'The runtime.', defaultRuntime),
  });
}

function testCase(policy: LimitPolicy) {
  return z
    .strictObject({
      name: optional(text(), 'Returned with the result of the test.'),
      stdin: optional(content, "Standard input, instead of the request's `stdin`."),
      args: optional(
        listOf(text(), { count: MAX_TEST_ARGS, message: atMostItems(MAX_TEST_ARGS) }),
        "Arguments, instead of the request's `args`.",
      ),
      expected_stdout: optional(
        content,
        'The output of a correct program. Without it, a program that exits with 0 is accepted.',
      ),
      timeout: optional(seconds(policy.timeoutMs), "Wall-clock limit in seconds, instead of the request's `timeout`."),
      cpu_timeout: optional(
        seconds(policy.timeoutMs),
        "CPU time limit in seconds, instead of the request's `cpu_timeout`.",
      ),
    })
    .openapi('TestCase');
}

/** The fields of a request for a judged run. */
export function judgingFields(policy: RequestPolicy) {
  const { limits } = policy;
  const atMostTests = { count: limits.maxTests, message: atMostItems(limits.maxTests, 'MAX_TESTS') };
  return {
    tests: optional(
      listOf(testCase(limits), atMostTests),
      'Tests to judge the program by. It is compiled once, and each test runs in a freshly wiped sandbox.',
    ),
    comparison: optional(comparison, COMPARISON, 'lines'),
    stop_on_failure: optional(
      z.boolean(),
      'Whether to skip the tests after the first one that is not accepted.',
      false,
    ),
    checker: optional(
      evaluatorProgram(policy),
      'A program that decides the verdict instead of a comparison. It runs in its own sandbox with the files `input`, `output` and ' +
        '`expected`. Exit code 0 accepts, 1 or 2 rejects; any other end is `judge_failed`. Its stdout (stderr if stdout is empty) is the message.',
    ),
    interactor: optional(
      evaluatorProgram(policy),
      "A program that talks with the judged program: each one's stdout is the other's stdin. It has the files `input` and `expected`. Its " +
        "exit codes mean the same as a checker's; its stderr is the message.",
    ),
  };
}

/** The result of a test. Fields about its execution are null if it was not run. */
export const testResult = z
  .object({
    name: z.string().nullable(),
    verdict: z.enum(VERDICTS),
    message: z.string().nullable().openapi({ description: 'The message of the checker or interactor' }),
    status: fateStatus.nullable(),
    exit_code: z.number().int().nullable(),
    signal: z.string().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    stdout_truncated: z.boolean(),
    stderr_truncated: z.boolean(),
    invalid_utf8: z.boolean(),
    error: programError.nullable().openapi({ description: ERROR_DESCRIPTION }),
    usage: usage.nullable(),
  })
  .openapi('TestResult');

export type TestResultBody = z.output<typeof testResult>;

/** The additional response fields of a judged run. */
export const judgementFields = {
  verdict: z
    .enum(VERDICTS)
    .optional()
    .openapi({ description: 'Only for a judged run: the first verdict of its tests that is not `accepted`' }),
  tests: z.array(testResult).optional().openapi({
    description:
      'Only for a judged run. The other fields describe the first test that was not accepted, or the last test if all were accepted',
  }),
};
