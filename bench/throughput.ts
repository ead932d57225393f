import { setTimeout as sleep } from 'node:timers/promises';
import { type AnswerSummary, summarizeReplies } from './answers.ts';
import type { Trial } from './bench-context.ts';
import { Client } from './client.ts';
import { closedLoop } from './load.ts';
import { round, type Summary, summarize } from './statistics.ts';

const CYCLES_AT_A_TIME = [1, 2, 4, 8];
const CLIENTS = [1, 4, 16];
/** More than the service runs or queues for one tenant: some are refused, but no response may be wrong or missing. */
const CROWD = 200;
const MIN_BARE_RUNS = 100;
/** Pause between two loops, so that leftover work of one does not affect the next. */
const BACKOFF_MS = 2000;

interface Loop<T> {
  readonly atATime: number;
  readonly perSecond: number;
  readonly times: T;
}

export interface Throughput {
  readonly cycles: readonly Loop<Summary>[];
  /** Bare programs a second, without compiling, for each number of clients. */
  readonly bare: readonly { readonly atATime: number; readonly perSecond: number }[];
  readonly service: readonly Loop<AnswerSummary>[];
  readonly crowd: Loop<AnswerSummary>;
}

/** The sustained runs per second of the raw engine, of the bare program and of the service. */
export async function measureThroughput(trial: Trial): Promise<Throughput> {
  const cycles: Loop<Summary>[] = [];
  const bare: { atATime: number; perSecond: number }[] = [];
  const service: Loop<AnswerSummary>[] = [];
  for (const atATime of CYCLES_AT_A_TIME) cycles.push(await loopCycles(trial, atATime));
  for (const atATime of CLIENTS) {
    const answered = await loopClients(trial, atATime);
    service.push(answered);
    bare.push({ atATime, perSecond: await loopBare(trial, answered) });
  }
  return { cycles, bare, service, crowd: await loopClients(trial, CROWD) };
}

/** As many bare programs as the service has answered, or more. */
async function loopBare({ bare, subject }: Trial, { atATime, times }: Loop<AnswerSummary>): Promise<number> {
  await sleep(BACKOFF_MS);
  const runs = Math.max(MIN_BARE_RUNS, times.count);
  return round(await bare.measureThroughput(subject, { atATime, runs }));
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
