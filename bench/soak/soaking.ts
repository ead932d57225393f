import { Client } from '../client.ts';
import { tell } from '../progress.ts';
import { round } from '../statistics.ts';
import type { SoakCase } from './cases.ts';

const TELL_EVERY = 500;

export interface SoakReport {
  readonly counts: Readonly<Record<string, number>>;
  /** Up to a few of the faults, in words, and how many there were. */
  readonly faults: readonly string[];
  readonly seconds: number;
}

export interface SoakPlan {
  readonly cases: readonly SoakCase[];
  readonly clients: number;
  readonly runs: number;
}

/** Sends that many requests, in the cases' proportion, and looks at every reply. */
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
      if ((index + 1) % TELL_EVERY === 0) tell(`${index + 1} of ${runs} requests, ${faults.length} faults`);
    }
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return { counts, faults, seconds: round((performance.now() - beganAt) / 1000) };
}

/** One request. What is wrong with it, or `undefined`. */
async function attempt(client: Client, item: SoakCase, index: number): Promise<string | undefined> {
  const body = Buffer.from(JSON.stringify(item.body(index)));
  const hangUp = item.hangUpMs && AbortSignal.timeout(between(item.hangUpMs, index));
  try {
    return item.fault(await client.run(body, hangUp), index);
  } catch (error) {
    return hangUp?.aborted ? undefined : String(error);
  }
}

/** Spread over the range, and the same in every soak. */
function between([from, to]: readonly [number, number], index: number): number {
  return from + ((index * 7919) % (to - from));
}

/** In an order that looks random and is the same in every soak: by the fractions of multiples of the golden ratio. */
function shuffled<T>(items: readonly T[]): T[] {
  const keyed = items.map((item, index) => ({ item, key: (index * 0.618_033_988_75) % 1 }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
