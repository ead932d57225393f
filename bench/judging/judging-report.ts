import { KINDS } from '../judge/corpus.ts';
import { type Cell, renderTable } from '../table.ts';
import type { CorpusRun } from './corpus-run.ts';
import type { JudgingResults } from './judging.ts';
import type { Together } from './together.ts';

/** The judging results as text. */
export function renderJudging({ overheads, cachedCompiles, corpus, together }: JudgingResults): string {
  return [
    renderTable(
      'Many tests in one request, ms (medians)',
      ['runtime', 'tests', 'answer', 'of it compiling', 'as many bare programs'],
      overheads.map(({ runtime, tests, answerMs, compileMs, bareMs }) => [runtime, tests, answerMs, compileMs, bareMs]),
    ),
    renderTable(
      'Cached compile, ms (medians)',
      ['runtime', 'cached', 'of', 'answer', 'bare binary'],
      cachedCompiles.map(({ runtime, cached, answers, answerMs, bareRunMs }) => [
        runtime,
        cached,
        answers,
        answerMs,
        bareRunMs,
      ]),
    ),
    renderCorpus(corpus),
    renderTogether(together),
  ].join('');
}

function renderCorpus({ submissions, seconds, counts, mismatches }: CorpusRun): string {
  const runtimes = [...new Set(Object.keys(counts).map((name) => name.split(' ')[1] ?? ''))];
  const row = (runtime: string): Cell[] => [runtime, ...KINDS.map((kind) => counts[`${kind} ${runtime}`] ?? 0)];
  return [
    renderTable(`Corpus: ${submissions} submissions in ${seconds} s`, ['runtime', ...KINDS], runtimes.map(row)),
    renderTable(
      'Other verdicts than expected',
      ['submission', 'expected', 'verdict', 'test', 'stderr'],
      mismatches.map(({ submission, expected, verdict, test, stderr }) => [
        submission,
        expected,
        verdict,
        test,
        stderr.replaceAll('\n', ' '),
      ]),
    ),
  ].join('');
}

function renderTogether({
  submissions,
  testsEach,
  aloneSeconds,
  togetherSeconds,
  differences,
  ...near
}: Together): string {
  const summary =
    `${submissions} submissions with ${testsEach} tests each: ${aloneSeconds} s one after the other, ${togetherSeconds} s at once; ` +
    `${differences.length} verdicts differ; of ${near.nearLimitTests} tests at 80 % of the CPU limit ${near.flipped} were not accepted.`;
  return `${[summary, ...differences].join('\n')}\n\n`;
}
