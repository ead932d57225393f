import type { BareProgram } from '../bare-program.ts';
import { Client } from '../client.ts';
import { gently } from '../load.ts';
import { percentile, round } from '../statistics.ts';
import { loadSubject } from '../subjects.ts';

/** Responses with a cached compile phase, compared with the bare binary. Medians in milliseconds. */
export interface CachedCompile {
  readonly runtime: string;
  /** How many responses had `compile.cached`. Only these are in the time, which is `NaN` if there are none. */
  readonly cached: number;
  readonly answers: number;
  readonly answerMs: number;
  readonly bareRunMs: number;
}

export interface CachedCompileOptions {
  readonly runtime: string;
  readonly count: number;
  readonly gapMs: number;
}

export async function measureCachedCompile(
  serviceUrl: string,
  bare: BareProgram,
  { runtime, count, gapMs }: CachedCompileOptions,
): Promise<CachedCompile> {
  const subject = loadSubject(runtime);
  using client = new Client(serviceUrl, 1);
  await client.run(subject.body);
  const times = await bare.measure(subject, { count, gapMs });
  const replies = await gently(count, gapMs, () => client.run(subject.body));
  const cached = replies.filter(({ answer }) => answer?.compile?.cached);
  return {
    runtime,
    cached: cached.length,
    answers: count,
    answerMs: round(
      percentile(
        cached.map(({ outsideMs }) => outsideMs),
        0.5,
      ),
    ),
    bareRunMs: round(
      percentile(
        times.map((phases) => phases.at(-1) ?? Number.NaN),
        0.5,
      ),
    ),
  };
}
