import { type AnswerSummary, summarizeReplies } from './answers.ts';
import type { PhaseTimes } from './bare-program.ts';
import type { Trial } from './bench-context.ts';
import { Client, type Reply } from './client.ts';
import { gently } from './load.ts';
import { type Summary, sum, summarize } from './statistics.ts';

/** Warm-up requests that are not counted, for connections, the JIT compiler and caches. */
const WARM_UP_RUNS = 5;

export interface ColdLatency {
  readonly cycle: Summary;
  readonly answers: AnswerSummary;
}

export interface WarmLatency {
  /** The whole bare program: compiling (if there is a compile phase) and running. */
  readonly bare: Summary;
  /** Running only. */
  readonly bareRun: Summary;
  readonly answers: AnswerSummary;
  /** Responses to one client that sends the next request as soon as it has a response. */
  readonly backToBack: AnswerSummary;
}

/** Raw engine cycles and responses, alternating, at the gentle rate. */
export async function measureCold(trial: Trial, onReplies: (replies: Reply[]) => void): Promise<ColdLatency> {
  const { effort, cycle, subject } = trial;
  using client = new Client(trial.service.url, 1);
  await gently(WARM_UP_RUNS, effort.gapMs, () => client.run(subject.body));
  const cycles: number[] = [];
  const replies: Reply[] = [];
  await inRounds(trial, effort.coldRuns, async (count) => {
    cycles.push(...(await gently(count, effort.gapMs, () => cycle.measure(subject))));
    replies.push(...(await gently(count, effort.gapMs, () => client.run(subject.body))));
  });
  onReplies(replies);
  return { cycle: summarize(cycles), answers: summarizeReplies(replies, subject) };
}

/** Bare programs and responses, alternating, at the gentle rate. */
export async function measureWarm(trial: Trial, onReplies: (replies: Reply[]) => void): Promise<WarmLatency> {
  const { effort, bare, subject } = trial;
  using client = new Client(trial.service.url, 1);
  await gently(WARM_UP_RUNS, effort.gapMs, () => client.run(subject.body));
  const times: PhaseTimes[] = [];
  const replies: Reply[] = [];
  await inRounds(trial, effort.gentleRuns, async (count) => {
    times.push(...(await bare.measure(subject, { count, gapMs: effort.gapMs })));
    replies.push(...(await gently(count, effort.gapMs, () => client.run(subject.body))));
  });
  onReplies(replies);
  return {
    bare: summarize(times.map(sum)),
    bareRun: summarize(times.map((phases) => phases.at(-1) ?? Number.NaN)),
    answers: summarizeReplies(replies, subject),
    backToBack: summarizeReplies(await gently(effort.gentleRuns, 0, () => client.run(subject.body)), subject),
  };
}

async function inRounds({ effort }: Trial, total: number, round: (count: number) => Promise<void>): Promise<void> {
  for (let index = 0; index < effort.rounds; index += 1) await round(Math.ceil(total / effort.rounds));
}
