import { z } from '@hono/zod-openapi';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { atMostItems } from '../../core/draft/strings.ts';
import { MAX_TEST_ARGS } from '../../core/draft/test-suite.ts';
import type { LimitPolicy } from '../../core/limits.ts';
import { VERDICTS } from '../../core/verdict.ts';
import { content, listOf, optional, seconds, text } from '../fields.ts';
import { fateStatus, usage } from './result-fields.ts';

const epsilon = z.number().openapi({ minimum: 0 });
const comparison = z.union([z.enum(['lines', 'exact', 'tokens']), z.strictObject({ float: epsilon })], {
  error: 'must be lines, exact, tokens or {float: epsilon}',
});
const COMPARISON =
  'How output is compared with `expected_stdout`. `lines`: white space at the end of lines and of the output does not matter; `exact`: every ' +
  'byte matters; `tokens`: only what stands between white space matters; `{float: epsilon}`: as tokens, and two decimal numbers agree when ' +
  'they differ by at most epsilon, absolutely or relative to the expected one.';

/** A checker or interactor: a program of the one who sets the problem. */
function evaluatorProgram({ limits, defaultRuntime }: RequestPolicy) {
  return z.strictObject({
    code: text(limits.maxCodeBytes).openapi({ description: 'Its main source file.' }),
    image: optional(text(), 'Its runtime.', defaultRuntime),
  });
}

function testCase(policy: LimitPolicy) {
  return z
    .strictObject({
      name: optional(text(), 'Returned with the result.'),
      stdin: optional(content, "Standard input, in place of the request's."),
      args: optional(
        listOf(text(), { count: MAX_TEST_ARGS, message: atMostItems(MAX_TEST_ARGS) }),
        "argv, in place of the request's.",
      ),
      expected_stdout: optional(
        content,
        'What a right program prints. Without it a program that ends with exit code 0 is accepted.',
      ),
      timeout: optional(seconds(policy.timeoutMs), "Wall-clock seconds, in place of the request's."),
      cpu_timeout: optional(seconds(policy.timeoutMs), "CPU seconds, in place of the request's."),
    })
    .openapi('TestCase');
}

/** The fields of a request that have its program judged. */
export function judgingFields(policy: RequestPolicy) {
  const { limits } = policy;
  const atMostTests = { count: limits.maxTests, message: atMostItems(limits.maxTests, 'MAX_TESTS') };
  return {
    tests: optional(
      listOf(testCase(limits), atMostTests),
      'Compiles once, runs each test in a sandbox as new, and tells a verdict.',
    ),
    comparison: optional(comparison, COMPARISON, 'lines'),
    stop_on_failure: optional(z.boolean(), 'Whether to skip what is behind the first test not accepted.', false),
    checker: optional(
      evaluatorProgram(policy),
      'Decides in place of a comparison, in a sandbox of its own, with the files `input`, `output` and `expected`: exit code 0 is ' +
        'accepted, 1 or 2 wrong; anything else is `judge_failed`. Its stdout is the message.',
    ),
    interactor: optional(
      evaluatorProgram(policy),
      "Talks with the program, each one's stdout being the other's stdin, with the files `input` and `expected`. Its exit code means what " +
        "a checker's does; its stderr is the message.",
    ),
  };
}

/** What became of a test. The facts are null where it did not take place. */
const testResult = z
  .object({
    name: z.string().nullable(),
    verdict: z.enum(VERDICTS),
    message: z.string().nullable().openapi({ description: 'What the checker or interactor said' }),
    status: fateStatus.nullable(),
    exit_code: z.number().int().nullable(),
    signal: z.string().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    stdout_truncated: z.boolean(),
    stderr_truncated: z.boolean(),
    invalid_utf8: z.boolean(),
    usage: usage.nullable(),
  })
  .openapi('TestResult');

export type TestResultBody = z.output<typeof testResult>;

/** What a judged run's answer has beside a plain one's. */
export const judgementFields = {
  verdict: z
    .enum(VERDICTS)
    .optional()
    .openapi({ description: 'Of a judged run: the first verdict of its tests that is not `accepted`' }),
  tests: z
    .array(testResult)
    .optional()
    .openapi({ description: 'Of a judged run. What is above tells of the first test not accepted, else of the last' }),
};
