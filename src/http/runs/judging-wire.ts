import { defaultLimits, type LimitPolicy } from '../../core/limits.ts';
import type { Comparison, Evaluator, ProgramRequest, TestCase, TestSuite } from '../../core/request.ts';
import { exitCodeOf, type Judgement, type TestResult } from '../../core/result.ts';
import { invalid, requireAtMost, toBytes, toMilliseconds } from '../content-wire.ts';
import type { Encoding } from '../fields.ts';
import { signalName, toText, toUsage } from './execution-wire.ts';
import type { TestResultBody } from './judging-schema.ts';
import type { RunRequestBody } from './run-schema.ts';
import { requireStringsWithinLimits } from './size-checks.ts';

/** What decides; at most one of them stands in a request. */
const JUDGES = ['comparison', 'checker', 'interactor'] as const;
const NEEDS_TESTS = [...JUDGES, 'stop_on_failure'] as const;
/** The files of a judge's program as its arguments, in testlib's order. */
const JUDGE_ARGS = ['input', 'output', 'expected'];

type TestBody = NonNullable<RunRequestBody['tests']>[number];
type JudgeBody = NonNullable<RunRequestBody['checker']>;

/** How the program is to be judged; `undefined` for a plain run. What a test does not say, the request says for it. */
export function toJudging(body: RunRequestBody, program: ProgramRequest, policy: LimitPolicy): TestSuite | undefined {
  refuseOddCombinations(body);
  if (body.tests == null) return undefined;
  const tests = body.tests.map((test) => toTestCase(test, program));
  requireFittingTests(tests, program, policy);
  return {
    tests,
    judge: toJudge(body, program, policy),
    stopsOnFailure: body.stop_on_failure ?? false,
    // As much as a plain run may be answered with: both streams up to the ceiling.
    answerBytes: 2 * policy.outputBytes.max,
  };
}

function refuseOddCombinations(body: RunRequestBody): void {
  const lonely = NEEDS_TESTS.find((field) => body.tests == null && body[field] != null);
  if (lonely !== undefined) throw invalid(`/${lonely}`, 'needs tests');
  const [first, second] = JUDGES.filter((field) => body[field] != null);
  if (second !== undefined) throw invalid(`/${second}`, `cannot stand beside ${first}`);
  if (body.tests != null && body.output_files?.length) throw invalid('/output_files', 'cannot stand beside tests');
}

function toTestCase(test: TestBody, program: ProgramRequest): TestCase {
  return {
    name: test.name ?? undefined,
    args: test.args ?? program.args,
    stdin: test.stdin == null ? program.stdin : toBytes(test.stdin),
    expected: test.expected_stdout == null ? undefined : toBytes(test.expected_stdout),
    timeoutMs: toMilliseconds(test.timeout) ?? program.limits.timeoutMs,
    cpuTimeoutMs: toMilliseconds(test.cpu_timeout) ?? program.limits.cpuTimeoutMs,
  };
}

/** The request's own input is held once, however many tests it stands in for. */
function requireFittingTests(tests: readonly TestCase[], program: ProgramRequest, policy: LimitPolicy): void {
  const total = (bytes: (test: TestCase) => number) => tests.reduce((sum, test) => sum + bytes(test), 0);
  const stdinBytes = total(({ stdin }) => (stdin === program.stdin ? 0 : stdin.length));
  requireAtMost(policy.maxStdinBytes, stdinBytes, 'The stdin of all tests exceeds the limit (MAX_STDIN_BYTES).');
  const expectedBytes = total(({ expected }) => expected?.length ?? 0);
  requireAtMost(policy.maxStdinBytes, expectedBytes, 'The expected_stdout of all tests exceeds MAX_STDIN_BYTES.');
  for (const { args } of tests) if (args !== program.args) requireStringsWithinLimits({ ...program, args });
}

function toJudge(body: RunRequestBody, program: ProgramRequest, policy: LimitPolicy): Evaluator {
  if (body.checker != null) return { kind: 'checker', program: toJudgeProgram(body.checker, program, policy) };
  if (body.interactor != null) return { kind: 'interactor', program: toJudgeProgram(body.interactor, program, policy) };
  return { kind: 'comparison', comparison: toComparison(body.comparison ?? 'lines') };
}

function toComparison(comparison: NonNullable<RunRequestBody['comparison']>): Comparison {
  return typeof comparison === 'string' ? { kind: comparison } : { kind: 'float', epsilon: comparison.float };
}

/** A judge's program has the default limits, but may say as much as the program it judges, and reaches no network. */
function toJudgeProgram({ code, image }: JudgeBody, { limits }: ProgramRequest, policy: LimitPolicy): ProgramRequest {
  requireAtMost(policy.maxCodeBytes, Buffer.byteLength(code), 'Code size exceeds the limit.');
  return {
    runtime: image ?? 'python',
    code,
    files: [],
    entrypoint: undefined,
    args: JUDGE_ARGS,
    stdin: Buffer.alloc(0),
    environment: {},
    limits: { ...defaultLimits(policy), outputBytes: limits.outputBytes, network: false },
  };
}

/** What a judged run's answer has beside a plain one's. */
export function toJudgement(judgement: Judgement | null, encoding: Encoding) {
  if (judgement === null) return {};
  return { verdict: judgement.verdict, tests: judgement.tests.map((test) => toTestResult(test, encoding)) };
}

function toTestResult({ name, verdict, message, execution }: TestResult, encoding: Encoding): TestResultBody {
  const stdout = execution && toText(execution.stdout, encoding);
  const stderr = execution && toText(execution.stderr, encoding);
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
    usage: execution ? toUsage(execution.usage) : null,
  };
}
