import type { Execution, Judgement } from './result.ts';

/** The executions of the tests that took place. */
export function executionsOf({ tests }: Judgement): Execution[] {
  return tests.flatMap(({ execution }) => execution ?? []);
}

/** The execution that tells most: of the first test that was not accepted, else of the last. */
export function representativeExecution({ tests }: Judgement): Execution {
  const telling = tests.find(({ verdict }) => verdict !== 'accepted') ?? tests.at(-1);
  if (!telling?.execution) throw new Error('a judgement without an execution');
  return telling.execution;
}
