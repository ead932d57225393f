import type { Reply } from './client.ts';
import { type Summary, summarize, tally } from './statistics.ts';
import type { Subject } from './subjects.ts';

/** Responses of the service, as the client saw them. */
export interface AnswerSummary extends Summary {
  /** How many came from a warm sandbox, and how many from a cold one. */
  readonly sandboxes: Readonly<Record<string, number>>;
  /** `ok`, `wrong answer`, or the code of an error. Only `ok` responses are in the times. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Responses with a cached compile phase. */
  readonly cachedCompiles: number;
}

export function summarizeReplies(replies: readonly Reply[], subject: Subject): AnswerSummary {
  const good = replies.filter((reply) => outcomeOf(reply, subject) === 'ok');
  return {
    ...summarize(good.map(({ outsideMs }) => outsideMs)),
    sandboxes: tally(good.map(({ answer }) => answer?.sandbox ?? 'unknown')),
    outcomes: tally(replies.map((reply) => outcomeOf(reply, subject))),
    cachedCompiles: good.filter(({ answer }) => answer?.compile?.cached).length,
  };
}

function outcomeOf({ answer, code, httpStatus }: Reply, { runtime }: Subject): string {
  if (!answer) return code ?? `HTTP ${httpStatus}`;
  const isRight = answer.status === 'completed' && answer.exit_code === 0 && answer.stdout === runtime.sample.stdout;
  return isRight ? 'ok' : 'wrong answer';
}
