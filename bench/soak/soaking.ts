import { Client } from '../client.ts';
import { logProgress } from '../progress.ts';
import { round } from '../statistics.ts';
import type { SoakCase } from './cases.ts';

const LOG_EVERY = 500;

export interface SoakReport {
  readonly counts: Readonly<Record<string, number>>;
  /** Descriptions of the first few faults, and the number of all. */
  readonly faults: readonly string[];
  readonly seconds: number;
}

export interface SoakPlan {
  readonly cases: readonly SoakCase[];
  readonly clients: number;
  readonly runs: number;
}

/** Sends this many requests, in the proportion of the cases, and checks every response. */
export async function soak(serviceUrl: string, { cases, clients, runs }: SoakPlan): Promise<SoakReport> {
  const beganAt = performance.now();
  const oneRound = shuffled(cases.flatMap((item) => Array.from({ length: item.weight }, () => item)));
  const counts: Record<string, number> = {};
  const faults: string[] = [];
  using client = new Client(serviceUrl, clients);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < runs; index = next++) {
      const item = oneRound[index % oneRound.length];
      if (!item) return;
      counts[item.name] = (counts[item.name] ?? 0) + 1;
      const fault = await attempt(client, item, index);
      if (fault !== undefined) faults.push(`#${index} ${item.name}: ${fault}`);
      if ((index + 1) % LOG_EVERY === 0) logProgress(`${index + 1} of ${runs} requests, ${faults.length} faults`);
    }
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return { counts, faults, seconds: round((performance.now() - beganAt) / 1000) };
}

/** Sends one request. Returns what is wrong with the response, or `undefined`. */
async function attempt(client: Client, item: SoakCase, index: number): Promise<string | undefined> {
  const body = Buffer.from(JSON.stringify(item.body(index)));
  const hangUp = item.hangUpMs && AbortSignal.timeout(between(item.hangUpMs, index));
  try {
    return item.fault(await client.run(body, hangUp), index);
  } catch (error) {
    return hangUp?.aborted ? undefined : String(error);
  }
}

/** A value in the range, deterministic for each index. */
function between([from, to]: readonly [number, number], index: number): number {
  return from + ((index * 7919) % (to - from));
}

/** Orders cases pseudo-randomly but reproducibly, by the fractional parts of multiples of the golden ratio. */
function shuffled<T>(items: readonly T[]): T[] {
  const keyed = items.map((item, index) => ({ item, key: (index * 0.618_033_988_75) % 1 }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
