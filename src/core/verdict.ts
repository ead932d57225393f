/** The verdicts on a test and on a run. */
export const VERDICTS = [
  'accepted',
  'wrong_answer',
  'time_limit_exceeded',
  'memory_limit_exceeded',
  'output_limit_exceeded',
  'runtime_error',
  'compile_error',
  'judge_failed',
  'skipped',
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** The verdict of a whole run: the first of its tests that is not `accepted`. */
export function verdictOfRun(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find((verdict) => verdict !== 'accepted') ?? 'accepted';
}
