// @cells
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { judgeRequest, KINDS, type Kind, loadCorpus, type Problem, VERDICT_OF } from '../../bench/judge/corpus.ts';
import { type Submission, submissionsOf } from '../../bench/judging/submission.ts';
import { Service } from './service.ts';

/** A selection of the corpus. `npm run bench -- --parts=judge` runs all of it. */
const RUNTIMES = ['python', 'node', 'deno', 'bun', 'go', 'rust'];

const corpus = await loadCorpus();

/** One solution of this kind in this runtime, from a different problem for each. */
function pick(kind: Kind, runtime: string): Submission {
  const some = submissionsOf(corpus, [runtime]).filter(({ solution }) => solution.kind === kind);
  const turn = KINDS.indexOf(kind) * RUNTIMES.length + RUNTIMES.indexOf(runtime);
  const picked = some[(turn * 7) % some.length];
  assert.ok(picked, `${kind} ${runtime}`);
  return picked;
}

/** Problems with a checker or interactor: one right and one wrong solution each. */
function withSetterProgram({ id, checker, interactor, solutions }: Problem): Submission[] {
  if (!checker && !interactor) return [];
  const problem = corpus.find((each) => each.id === id);
  return (['right', 'wrong'] as const).flatMap((kind) => {
    const solution = solutions.find((each) => each.kind === kind);
    return problem && solution ? [{ problem, solution }] : [];
  });
}

describe('solutions of the corpus get the expected verdict', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ WARM_POOL: 'python=1,node=1' });
  });
  after(() => service.stop());

  const spread = KINDS.flatMap((kind) => RUNTIMES.map((runtime) => pick(kind, runtime)));
  for (const submission of new Set([...spread, ...corpus.flatMap(withSetterProgram)])) {
    const { problem, solution } = submission;
    test(`${problem.id}: ${solution.kind} in ${solution.runtime}`, async () => {
      const answer = await service.judge(judgeRequest(problem, solution));
      const verdicts = answer.tests.map(({ verdict }) => verdict);
      assert.equal(answer.verdict, VERDICT_OF[solution.kind], `${verdicts}: ${answer.stderr.slice(-500)}`);
      assert.equal(verdicts.length, problem.tests.length);
      const decisive = verdicts.findIndex((verdict) => verdict !== 'accepted');
      const expected = problem.tests.map((_, index) => {
        if (decisive === -1 || index < decisive) return 'accepted';
        return index === decisive ? VERDICT_OF[solution.kind] : 'skipped';
      });
      assert.deepEqual(verdicts, expected);
    });
  }
});
