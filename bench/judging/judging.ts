import type { BareProgram } from '../bare-program.ts';
import { loadCorpus } from '../judge/corpus.ts';
import type { Options } from '../options.ts';
import { logProgress } from '../progress.ts';
import { BenchService } from '../service.ts';
import { type CachedCompile, measureCachedCompile } from './cached-compile.ts';
import { type CorpusRun, runCorpus } from './corpus-run.ts';
import { submissionsOf } from './submission.ts';
import { measureTestsOverhead, type TestsOverhead } from './tests-overhead.ts';
import { measureTogether, type Together } from './together.ts';

const TESTS = { python: 100, go: 50, rust: 50 };
const COMPILED = ['go', 'rust'];

export interface JudgingResults {
  readonly overheads: readonly TestsOverhead[];
  readonly cachedCompiles: readonly CachedCompile[];
  readonly corpus: CorpusRun;
  readonly together: Together;
}

/** All judging measurements, on a separate service. */
export async function measureJudging({ effort, runtimes }: Options, bare: BareProgram): Promise<JudgingResults> {
  await using service = await BenchService.start({});
  const overheads: TestsOverhead[] = [];
  for (const [runtime, tests] of Object.entries(TESTS).filter(([id]) => runtimes.includes(id))) {
    logProgress(`judge, ${tests} tests: ${runtime}`);
    overheads.push(await measureTestsOverhead(service.url, bare, { runtime, tests, rounds: effort.judgeRounds }));
  }
  const cachedCompiles: CachedCompile[] = [];
  for (const runtime of COMPILED.filter((id) => runtimes.includes(id))) {
    logProgress(`judge, cached compile: ${runtime}`);
    const options = { runtime, count: effort.cachedRuns, gapMs: effort.gapMs };
    cachedCompiles.push(await measureCachedCompile(service.url, bare, options));
  }
  const all = submissionsOf(await loadCorpus(), runtimes);
  logProgress('judge, twenty submissions alone and at once');
  const together = await measureTogether(service.url, all, effort.testsTogether);
  const some = all.filter((_, index) => index % effort.corpusStep === 0);
  logProgress(`judge, ${some.length} of ${all.length} submissions of the corpus`);
  return { overheads, cachedCompiles, corpus: await runCorpus(service.url, some), together };
}
