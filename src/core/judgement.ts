import type { Execution, Judgement } from './result.ts';

/** The executions of all tests that were run. */
export function executionsOf({ tests }: Judgement): Execution[] {
  return tests.flatMap(({ execution }) => execution ?? []);
}

/** The execution whose fields describe the whole run: the first that was not accepted, else the last. */
export function representativeExecution({ tests }: Judgement): Execution {
  const test = tests.find(({ verdict }) => verdict !== 'accepted') ?? tests.at(-1);
  if (!test?.execution) throw new Error('a judgement without an execution');
  return test.execution;
}
