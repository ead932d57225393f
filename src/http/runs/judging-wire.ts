import type { EvaluatorDraft, TestDraft, TestSuiteDraft } from '../../core/draft/draft.ts';
import type { Comparison } from '../../core/request.ts';
import { exitCodeOf, type Judgement, type TestResult } from '../../core/result.ts';
import { toMilliseconds, toOptionalBytes } from '../content-wire.ts';
import { signalName, type TextFormat, toText, toUsage } from './execution-wire.ts';
import type { TestResultBody } from './judging-schema.ts';
import type { RunRequestBody } from './run-schema.ts';

type TestBody = NonNullable<RunRequestBody['tests']>[number];
type EvaluatorBody = NonNullable<RunRequestBody['checker']>;

/** The part of a body that asks for the program to be judged, as a draft. */
export function toTestSuiteDraft(body: RunRequestBody): TestSuiteDraft {
  return {
    tests: body.tests?.map(toTestDraft),
    comparison: body.comparison && toComparison(body.comparison),
    stopsOnFailure: body.stop_on_failure,
    checker: body.checker && toEvaluatorDraft(body.checker),
    interactor: body.interactor && toEvaluatorDraft(body.interactor),
  };
}

function toTestDraft(test: TestBody): TestDraft {
  return {
    name: test.name,
    stdin: toOptionalBytes(test.stdin),
    args: test.args,
    expected: toOptionalBytes(test.expected_stdout),
    timeoutMs: toMilliseconds(test.timeout),
    cpuTimeoutMs: toMilliseconds(test.cpu_timeout),
  };
}

function toEvaluatorDraft({ code, image }: EvaluatorBody): EvaluatorDraft {
  return { code, runtime: image };
}

function toComparison(comparison: NonNullable<RunRequestBody['comparison']>): Comparison {
  return typeof comparison === 'string' ? { kind: comparison } : { kind: 'float', epsilon: comparison.float };
}

/** The additional response fields of a judged run. */
export function toJudgement(judgement: Judgement | null, format: TextFormat) {
  if (judgement === null) return {};
  return { verdict: judgement.verdict, tests: judgement.tests.map((test) => toTestResult(test, format)) };
}

export function toTestResult(
  { name, verdict, message, execution, error }: TestResult,
  format: TextFormat,
): TestResultBody {
  const stdout = execution && toText(execution.stdout, format);
  const stderr = execution && toText(execution.stderr, format);
  return {
    name: name ?? null,
    verdict,
    message: message ?? null,
    status: execution?.fate.status ?? null,
    exit_code: execution ? exitCodeOf(execution.fate) : null,
    signal: execution ? signalName(execution) : null,
    stdout: stdout?.text ?? '',
    stderr: stderr?.text ?? '',
    stdout_truncated: execution?.stdout.truncated ?? false,
    stderr_truncated: execution?.stderr.truncated ?? false,
    invalid_utf8: Boolean(stdout?.invalid || stderr?.invalid),
    error,
    usage: execution ? toUsage(execution.usage) : null,
  };
}
