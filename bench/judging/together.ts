import { Client, type Reply } from '../client.ts';
import { KINDS } from '../judge/corpus.ts';
import { round } from '../statistics.ts';
import { inParallel } from './parallel.ts';
import { nameOf, type Submission, submit, verdictOf } from './submission.ts';

const AT_ONCE = 20;
/** The problem whose solutions use 80 % of their CPU limit. */
export const NEAR_LIMIT = 'near-limit';

/** The verdicts of the same submissions alone and all at once. */
export interface Together {
  readonly submissions: number;
  readonly testsEach: number;
  readonly aloneSeconds: number;
  readonly togetherSeconds: number;
  /** Tests with a different verdict under load: `problem/file runtime, test: alone, then together`. */
  readonly differences: readonly string[];
  /** Tests of programs at 80 % of their limit that were not accepted under load. */
  readonly flipped: number;
  readonly nearLimitTests: number;
}

/** Judges twenty submissions with many tests each, first one after the other, then all at once. */
export async function measureTogether(
  serviceUrl: string,
  all: readonly Submission[],
  testsEach: number,
): Promise<Together> {
  const submissions = chooseForCompany(all).map((submission) => withManyTests(submission, testsEach));
  const alone = await judgeAll(serviceUrl, submissions, 1);
  const together = await judgeAll(serviceUrl, submissions, submissions.length);
  const near = together.judged.filter((_, index) => submissions[index]?.problem.id === NEAR_LIMIT).flat();
  return {
    submissions: submissions.length,
    testsEach,
    aloneSeconds: alone.seconds,
    togetherSeconds: together.seconds,
    differences: submissions.flatMap((submission, index) =>
      differences(submission, alone.judged[index] ?? [], together.judged[index] ?? []),
    ),
    flipped: near.filter((verdict) => verdict !== 'accepted').length,
    nearLimitTests: near.length,
  };
}

/** All solutions near their CPU limit, and some of every other kind, spread over runtimes and problems. */
function chooseForCompany(all: readonly Submission[]): Submission[] {
  const near = all.filter(({ problem }) => problem.id === NEAR_LIMIT);
  const others = all.filter(({ problem }) => problem.id !== NEAR_LIMIT && problem.tests.length > 1);
  const byKind = KINDS.map((kind) => others.filter(({ solution }) => solution.kind === kind));
  const spread = Array.from({ length: AT_ONCE }, (_, turn) => {
    const some = byKind[turn % byKind.length] ?? [];
    return some[(turn * 11) % some.length];
  });
  return [...near, ...spread.filter((submission) => submission !== undefined)].slice(0, AT_ONCE);
}

async function judgeAll(serviceUrl: string, submissions: readonly Submission[], atATime: number) {
  using client = new Client(serviceUrl, atATime);
  const beganAt = performance.now();
  const replies = await inParallel(submissions, atATime, (submission) => submit(client, submission));
  return {
    judged: replies.map((reply, index) => verdicts(reply, submissions[index]?.problem.tests.length ?? 0)),
    seconds: round((performance.now() - beganAt) / 1000),
  };
}

/** Repeats the problem's tests. */
function withManyTests({ problem, solution }: Submission, count: number): Submission {
  const tests = Array.from({ length: count }, (_, index) => problem.tests.slice(index % problem.tests.length)[0]);
  return { solution, problem: { ...problem, tests: tests.filter((each) => each !== undefined) } };
}

/** The verdict of each test; if the service did not judge, the same error for all. */
function verdicts(reply: Reply, count: number): string[] {
  const tests = reply.answer?.tests;
  return tests ? tests.map(({ verdict }) => verdict) : Array(count).fill(verdictOf(reply));
}

function differences(submission: Submission, alone: readonly string[], together: readonly string[]): string[] {
  return alone.flatMap((verdict, index) =>
    verdict === together[index]
      ? []
      : [`${nameOf(submission)}, test ${index + 1}: ${verdict}, then ${together[index]}`],
  );
}
