import { availableParallelism } from 'node:os';
import { Client } from '../client.ts';
import { VERDICT_OF } from '../judge/corpus.ts';
import { round, tally } from '../statistics.ts';
import { inParallel } from './parallel.ts';
import { nameOf, type Submission, submit, verdictOf } from './submission.ts';

/** A solution that did not get the expected verdict. */
export interface Mismatch {
  readonly submission: string;
  readonly expected: string;
  readonly verdict: string;
  /** The test that decided the verdict. */
  readonly test: string;
  readonly stderr: string;
}

export interface CorpusRun {
  readonly submissions: number;
  readonly seconds: number;
  /** Number of solutions per kind and runtime, such as `slow go`. */
  readonly counts: Readonly<Record<string, number>>;
  readonly mismatches: readonly Mismatch[];
}

/** Judges all submissions, as many at a time as there are cores. */
export async function runCorpus(serviceUrl: string, submissions: readonly Submission[]): Promise<CorpusRun> {
  const atATime = availableParallelism();
  using client = new Client(serviceUrl, atATime);
  const beganAt = performance.now();
  const mismatches = await inParallel(submissions, atATime, (submission) => judge(client, submission));
  return {
    submissions: submissions.length,
    seconds: round((performance.now() - beganAt) / 1000),
    counts: tally(submissions.map(({ solution: { kind, runtime } }) => `${kind} ${runtime}`)),
    mismatches: mismatches.flat(),
  };
}

async function judge(client: Client, submission: Submission): Promise<Mismatch[]> {
  const reply = await submit(client, submission);
  const expected = VERDICT_OF[submission.solution.kind];
  const verdict = verdictOf(reply);
  if (verdict === expected) return [];
  const decisive = reply.answer?.tests?.find((test) => test.verdict === verdict);
  return [
    {
      submission: nameOf(submission),
      expected,
      verdict,
      test: decisive?.name ?? '',
      stderr: (reply.answer?.stderr ?? '').slice(0, 300),
    },
  ];
}
