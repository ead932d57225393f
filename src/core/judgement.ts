import type { Execution, Judgement, TestResult } from './result.ts';

/** The executions of all tests that were run. */
export function executionsOf({ tests }: Judgement): Execution[] {
  return tests.flatMap(({ execution }) => execution ?? []);
}

/** A test that was run. */
export type ExecutedTest = TestResult & { readonly execution: Execution };

/** The test whose fields describe the whole run: the first that was not accepted, else the last. */
export function representativeTest({ tests }: Judgement): ExecutedTest {
  const test = tests.find(({ verdict }) => verdict !== 'accepted') ?? tests.at(-1);
  if (!test?.execution) throw new Error('a judgement without an execution');
  return { ...test, execution: test.execution };
}
