import type { AnswerSummary } from './answers.ts';
import { round } from './statistics.ts';

/** A target, the measured value, and whether the target was met. */
export interface Verdict {
  readonly target: string;
  readonly subject: string;
  readonly value: number;
  readonly limit: number;
  readonly isMet: boolean;
}

/** How many responses were wrong or missing; refusals with one of these codes do not count. */
export function notOk({ outcomes }: AnswerSummary, allowed: readonly string[]): number {
  return Object.entries(outcomes).reduce(
    (total, [outcome, count]) => (outcome === 'ok' || allowed.includes(outcome) ? total : total + count),
    0,
  );
}

export function atMost(target: string, subject: string, [value, limit]: [number, number]): Verdict {
  return { target, subject, value: round(value), limit, isMet: value <= limit };
}

export function atLeast(target: string, subject: string, [value, limit]: [number, number]): Verdict {
  return { target, subject, value: round(value), limit, isMet: value >= limit };
}
