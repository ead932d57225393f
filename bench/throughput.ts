import { setTimeout as sleep } from 'node:timers/promises';
import { type AnswerSummary, summarizeReplies } from './answers.ts';
import type { Trial } from './bench-context.ts';
import { Client } from './client.ts';
import { closedLoop } from './load.ts';
import { round, type Summary, summarize } from './statistics.ts';

const CYCLES_AT_A_TIME = [1, 2, 4, 8];
const CLIENTS = [1, 4, 16];
/** Pause between two loops, so that leftover work of one does not affect the next. */
const BACKOFF_MS = 2000;

interface Loop<T> {
  readonly atATime: number;
  readonly perSecond: number;
  readonly times: T;
}

export interface Throughput {
  readonly cycles: readonly Loop<Summary>[];
  readonly service: readonly Loop<AnswerSummary>[];
}

/** The sustained runs per second of the raw engine and of the service. */
export async function measureThroughput(trial: Trial): Promise<Throughput> {
  const cycles: Loop<Summary>[] = [];
  const service: Loop<AnswerSummary>[] = [];
  for (const atATime of CYCLES_AT_A_TIME) cycles.push(await loopCycles(trial, atATime));
  for (const atATime of CLIENTS) service.push(await loopClients(trial, atATime));
  return { cycles, service };
}

async function loopCycles({ effort, cycle, subject }: Trial, clients: number): Promise<Loop<Summary>> {
  await sleep(BACKOFF_MS);
  const { results, perSecond } = await closedLoop({ clients, ...effort }, () => cycle.measure(subject));
  return { atATime: clients, perSecond: round(perSecond), times: summarize(results) };
}

async function loopClients({ effort, service, subject }: Trial, clients: number): Promise<Loop<AnswerSummary>> {
  await sleep(BACKOFF_MS);
  using client = new Client(service.url, clients);
  const { results } = await closedLoop({ clients, ...effort }, () => client.run(subject.body));
  const times = summarizeReplies(results, subject);
  return { atATime: clients, perSecond: round((times.count * 1000) / effort.windowMs), times };
}
