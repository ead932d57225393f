import type { Execution } from './result.ts';

/** What a judge says of a test, and of a run: the first verdict of its tests that is not `accepted`. */
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

/** What the end of a program alone says: `undefined` where it ended well, so that its output decides. */
export function verdictOfEnd({ fate }: Execution): Verdict | undefined {
  switch (fate.status) {
    case 'completed':
      return fate.exitCode === 0 ? undefined : 'runtime_error';
    case 'signaled':
      return 'runtime_error';
    case 'timed_out':
      return 'time_limit_exceeded';
    case 'out_of_memory':
      return 'memory_limit_exceeded';
    case 'output_limit_exceeded':
      return 'output_limit_exceeded';
  }
}

/** The verdict of a whole run. */
export function verdictOfRun(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find((verdict) => verdict !== 'accepted') ?? 'accepted';
}
