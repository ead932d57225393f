import type { Reply } from './client.ts';
import { percentile, round } from './statistics.ts';

/** Whether the times in the responses are correct. */
export interface TimingCheck {
  readonly answers: number;
  /** The client's time minus `total_ms`: HTTP, JSON and the connection. */
  readonly gapP50: number;
  readonly gapP99: number;
  /** Responses whose `total_ms` is longer than the client waited. There must be none. */
  readonly impossible: number;
  /** The largest difference between `total_ms` and the sum of its parts. */
  readonly worstRemainder: number;
}

export function checkTimings(replies: readonly Reply[]): TimingCheck {
  const timed = replies.flatMap(({ outsideMs, answer }) => (answer ? [{ outsideMs, timings: answer.timings }] : []));
  const gaps = timed.map(({ outsideMs, timings }) => outsideMs - timings.total_ms);
  const remainders = timed.map(({ timings: { total_ms, ...parts } }) => {
    const sumOfParts = Object.values(parts).reduce((total, part) => total + part, 0);
    return Math.abs(total_ms - sumOfParts);
  });
  return {
    answers: timed.length,
    gapP50: round(percentile(gaps, 0.5)),
    gapP99: round(percentile(gaps, 0.99)),
    impossible: gaps.filter((gap) => gap < 0).length,
    worstRemainder: round(percentile(remainders, 1)),
  };
}
