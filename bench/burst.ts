import { setTimeout as sleep } from 'node:timers/promises';
import { type AnswerSummary, summarizeReplies } from './answers.ts';
import type { Trial } from './bench-context.ts';
import { Client } from './client.ts';
import { round } from './statistics.ts';

/** Before a burst the service gets time to fill its pool. */
const BACKOFF_MS = 2000;

export interface Burst {
  readonly answers: AnswerSummary;
  /** From the first request to the last response. */
  readonly lastAnswerMs: number;
}

/** Many requests at the same moment, each on its own connection. */
export async function measureBurst({ effort, service, subject }: Trial): Promise<Burst> {
  await sleep(BACKOFF_MS);
  using client = new Client(service.url, effort.burst);
  const beganAt = performance.now();
  const replies = await Promise.all(Array.from({ length: effort.burst }, () => client.run(subject.body)));
  return { answers: summarizeReplies(replies, subject), lastAnswerMs: round(performance.now() - beganAt) };
}
