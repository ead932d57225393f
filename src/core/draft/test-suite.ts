import { defaultLimits } from '../limits.ts';
import type { Evaluator, ProgramRequest, TestCase, TestSuite } from '../request.ts';
import type { EvaluatorDraft, RequestPolicy, TestDraft, TestSuiteDraft } from './draft.ts';
import { checkTimes } from './limits.ts';
import { checkCodeBytes } from './program.ts';
import { atMostItems, checkStrings, checkStringsTogether, textProblem } from './strings.ts';
import type { Violations } from './violations.ts';

const MAX_NAME_BYTES = 255;
/** Maximum number of arguments of one test. Fewer than for a plain run, because a request can contain many tests. */
export const MAX_TEST_ARGS = 1000;
/** The fields that say how a verdict is reached. A request may set at most one of them. */
const EVALUATORS = ['comparison', 'checker', 'interactor'] as const;
const NEEDS_TESTS = [...EVALUATORS, 'stopsOnFailure'] as const;
/** Arguments of a checker or interactor: the names of its files, in testlib's order. */
const EVALUATOR_ARGS = ['input', 'output', 'expected'];

interface SuiteContext {
  /** The program that is judged. */
  readonly program: ProgramRequest;
  readonly policy: RequestPolicy;
  readonly found: Violations;
}

/** Checks how the program is to be judged. Returns `undefined` for a plain run. A test inherits what it leaves out from the request. */
export function checkTestSuite(draft: TestSuiteDraft, context: SuiteContext): TestSuite | undefined {
  const { policy, found } = context;
  checkCombinations(draft, found);
  if (draft.tests == null) return undefined;
  return {
    tests: checkTests(draft.tests, context),
    judge: checkEvaluator(draft, context),
    stopsOnFailure: draft.stopsOnFailure ?? false,
    // As much output as a plain run can have: both streams at the ceiling.
    responseBytes: 2 * policy.limits.outputBytes.max,
  };
}

function checkCombinations(draft: TestSuiteDraft, found: Violations): void {
  for (const field of NEEDS_TESTS)
    if (draft.tests == null && draft[field] != null) found.add([field], 'requires {tests}');
  const [first, ...others] = EVALUATORS.filter((field) => draft[field] != null);
  for (const field of others) found.add([field], `cannot be combined with {${first}}`);
}

function checkTests(drafts: readonly TestDraft[], context: SuiteContext): TestCase[] {
  const { found, policy } = context;
  const { maxTests } = policy.limits;
  if (drafts.length === 0) found.add(['tests'], 'must not be empty');
  if (drafts.length > maxTests) {
    found.add(['tests'], atMostItems(maxTests, 'MAX_TESTS'));
    return [];
  }
  const tests = drafts.map((draft, index) => checkTest(draft, index, context));
  checkTogether(tests, context);
  return tests;
}

function checkTest(draft: TestDraft, index: number, { program, policy, found }: SuiteContext): TestCase {
  const at = ['tests', index];
  if (draft.name) found.addIf([...at, 'name'], textProblem(draft.name, MAX_NAME_BYTES));
  if (draft.args) checkStrings(draft.args, [...at, 'args'], { maxItems: MAX_TEST_ARGS, found });
  const times = checkTimes(draft, policy.limits, { found, at });
  return {
    name: draft.name ?? undefined,
    args: draft.args ?? program.args,
    stdin: draft.stdin ?? program.stdin,
    expected: draft.expected ?? undefined,
    timeoutMs: times.timeoutMs ?? program.limits.timeoutMs,
    cpuTimeoutMs: times.cpuTimeoutMs ?? program.limits.cpuTimeoutMs,
  };
}

/** Checks the sizes of all tests together. The request's own `stdin` is not counted: it exists once, however many tests use it. */
function checkTogether(tests: readonly TestCase[], { program, policy, found }: SuiteContext): void {
  const { maxStdinBytes } = policy.limits;
  const refuseAbove = (field: 'stdin' | 'expected', bytes: (test: TestCase) => number) => {
    const message = `the {${field}} of all tests together must be at most ${maxStdinBytes} bytes (MAX_STDIN_BYTES)`;
    const total = tests.reduce((sum, test) => sum + bytes(test), 0);
    if (total > maxStdinBytes) found.add(['tests'], message, 'too_large');
  };
  refuseAbove('stdin', ({ stdin }) => (stdin === program.stdin ? 0 : stdin.length));
  refuseAbove('expected', ({ expected }) => expected?.length ?? 0);
  for (const { args } of tests) if (args !== program.args) checkStringsTogether({ ...program, args }, found);
}

function checkEvaluator(draft: TestSuiteDraft, context: SuiteContext): Evaluator {
  const { checker, interactor, comparison } = draft;
  if (checker) return { kind: 'checker', program: checkEvaluatorProgram('checker', checker, context) };
  if (interactor) return { kind: 'interactor', program: checkEvaluatorProgram('interactor', interactor, context) };
  if (comparison?.kind === 'float' && !(comparison.epsilon >= 0)) {
    context.found.add(['comparison', 'epsilon'], 'must not be negative');
  }
  return { kind: 'comparison', comparison: comparison ?? { kind: 'lines' } };
}

/** A checker or interactor has the default limits, the output limit of the program that it judges, and no network. */
function checkEvaluatorProgram(
  field: 'checker' | 'interactor',
  { code, runtime }: EvaluatorDraft,
  { program: { limits, isolation }, policy, found }: SuiteContext,
): ProgramRequest {
  found.addIf([field, 'code'], code === '' ? 'must not be empty' : textProblem(code));
  checkCodeBytes([field, 'code'], Buffer.byteLength(code), { maxBytes: policy.limits.maxCodeBytes, found });
  return {
    runtime: runtime ?? policy.defaultRuntime,
    code,
    files: [],
    entrypoint: undefined,
    args: EVALUATOR_ARGS,
    stdin: Buffer.alloc(0),
    environment: {},
    limits: { ...defaultLimits(policy.limits), outputBytes: limits.outputBytes, network: false },
    isolation,
  };
}
