import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KINDS, loadCorpus } from '../../bench/judge/corpus.ts';
import { loadReference, readProblem } from '../../bench/judge/problem.ts';

const RUNTIMES = ['python', 'node', 'deno', 'bun', 'go', 'rust'];
const LEAST_PROBLEMS = 40;
/** Minimum number of solutions of each kind in each runtime. */
const LEAST_SOLUTIONS = 10;

const corpus = await loadCorpus();

describe('the judging corpus', () => {
  test(`has at least ${LEAST_PROBLEMS} problems, 3 of them interactive and 4 with a checker`, () => {
    assert.ok(corpus.length >= LEAST_PROBLEMS, `${corpus.length}`);
    assert.ok(corpus.filter(({ interactor }) => interactor).length >= 3);
    assert.ok(corpus.filter(({ checker }) => checker).length >= 4);
  });

  test('uses every comparison', () => {
    const used = new Set(corpus.map(({ comparison }) => (typeof comparison === 'string' ? comparison : 'float')));
    assert.deepEqual([...used].sort(), ['exact', 'float', 'lines', 'tokens']);
  });

  test(`has every kind of solution in every runtime at least ${LEAST_SOLUTIONS} times`, () => {
    const solutions = corpus.flatMap((problem) => problem.solutions);
    const rare = RUNTIMES.flatMap((runtime) =>
      KINDS.map((kind) => ({
        runtime,
        kind,
        count: solutions.filter((each) => each.runtime === runtime && each.kind === kind).length,
      })),
    ).filter(({ count }) => count < LEAST_SOLUTIONS);
    assert.deepEqual(rare, []);
  });

  for (const { id, interactor, tests } of corpus) {
    test(`${id}: its reference gives what the tests expect`, async () => {
      const reference = await loadReference(id);
      assert.equal(reference === undefined, interactor !== undefined, 'either a reference or an interactor');
      for (const { generate, stdin = '', args = [], expected_stdout } of readProblem(id).tests) {
        if (generate === undefined) assert.equal(expected_stdout, reference?.solve(stdin, args));
      }
    });

    test(`${id}: no two tests are equal, and generated tests are reproducible`, async () => {
      const inputs = tests.map(({ stdin, args }) => JSON.stringify([stdin, args]));
      if (id !== 'near-limit') assert.equal(new Set(inputs).size, inputs.length);
      const reference = await loadReference(id);
      for (const generate of Object.values(reference?.inputs ?? {})) assert.equal(generate(), generate());
    });
  }
});
