import { defaultLimits } from '../limits.ts';
import type { Evaluator, ProgramRequest, TestCase, TestSuite } from '../request.ts';
import type { EvaluatorDraft, RequestPolicy, TestDraft, TestSuiteDraft } from './draft.ts';
import { checkTimes } from './limits.ts';
import { checkCodeBytes } from './program.ts';
import { atMostItems, checkStrings, checkStringsTogether, textProblem } from './strings.ts';
import type { Violations } from './violations.ts';

const MAX_NAME_BYTES = 255;
/** Of one test; fewer than a plain run may have, since a request can hold many tests. */
export const MAX_TEST_ARGS = 1000;
/** What decides; at most one of them stands in a request. */
const EVALUATORS = ['comparison', 'checker', 'interactor'] as const;
const NEEDS_TESTS = [...EVALUATORS, 'stopsOnFailure'] as const;
/** The files of an evaluator's program as its arguments, in testlib's order. */
const EVALUATOR_ARGS = ['input', 'output', 'expected'];

interface Surroundings {
  /** The program that is judged. */
  readonly program: ProgramRequest;
  readonly policy: RequestPolicy;
  readonly found: Violations;
}

/** How the program is to be judged; `undefined` for a plain run. What a test does not say, the request says for it. */
export function checkTestSuite(draft: TestSuiteDraft, surroundings: Surroundings): TestSuite | undefined {
  const { policy, found } = surroundings;
  checkCombinations(draft, found);
  if (draft.tests == null) return undefined;
  return {
    tests: checkTests(draft.tests, surroundings),
    judge: checkEvaluator(draft, surroundings),
    stopsOnFailure: draft.stopsOnFailure ?? false,
    // As much as a plain run may be answered with: both streams up to the ceiling.
    answerBytes: 2 * policy.limits.outputBytes.max,
  };
}

function checkCombinations(draft: TestSuiteDraft, found: Violations): void {
  for (const field of NEEDS_TESTS) if (draft.tests == null && draft[field] != null) found.add([field], 'needs {tests}');
  const [first, ...others] = EVALUATORS.filter((field) => draft[field] != null);
  for (const field of others) found.add([field], `cannot stand beside {${first}}`);
}

function checkTests(drafts: readonly TestDraft[], surroundings: Surroundings): TestCase[] {
  const { found, policy } = surroundings;
  const { maxTests } = policy.limits;
  if (drafts.length === 0) found.add(['tests'], 'must not be empty');
  if (drafts.length > maxTests) {
    found.add(['tests'], atMostItems(maxTests, 'MAX_TESTS'));
    return [];
  }
  const tests = drafts.map((draft, index) => checkTest(draft, index, surroundings));
  checkTogether(tests, surroundings);
  return tests;
}

function checkTest(draft: TestDraft, index: number, { program, policy, found }: Surroundings): TestCase {
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

/** The request's own input is held once, however many tests it stands in for. */
function checkTogether(tests: readonly TestCase[], { program, policy, found }: Surroundings): void {
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

function checkEvaluator(draft: TestSuiteDraft, surroundings: Surroundings): Evaluator {
  const { checker, interactor, comparison } = draft;
  if (checker) return { kind: 'checker', program: checkEvaluatorProgram('checker', checker, surroundings) };
  if (interactor) return { kind: 'interactor', program: checkEvaluatorProgram('interactor', interactor, surroundings) };
  if (comparison?.kind === 'float' && !(comparison.epsilon >= 0)) {
    surroundings.found.add(['comparison', 'epsilon'], 'must not be negative');
  }
  return { kind: 'comparison', comparison: comparison ?? { kind: 'lines' } };
}

/** An evaluator's program has the default limits, but may say as much as the program it judges, and reaches no network. */
function checkEvaluatorProgram(
  field: 'checker' | 'interactor',
  { code, runtime }: EvaluatorDraft,
  { program: { limits }, policy, found }: Surroundings,
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
  };
}
