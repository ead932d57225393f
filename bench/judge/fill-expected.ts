import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPUS, loadReference, problemIds, readProblem } from './problem.ts';

/** Writes the output of the reference for inline tests into every `problem.json`. Review the changes. */
for (const id of problemIds()) {
  const reference = await loadReference(id);
  if (!reference) continue;
  const problem = readProblem(id);
  const tests = problem.tests.map((test) =>
    test.generate === undefined
      ? { ...test, expected_stdout: reference.solve(test.stdin ?? '', test.args ?? []) }
      : test,
  );
  writeFileSync(join(CORPUS, id, 'problem.json'), `${JSON.stringify({ ...problem, tests }, null, 2)}\n`);
}
