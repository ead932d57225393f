import { RunnerError } from '../core/errors.ts';
import type { Execution, Output } from '../core/result.ts';
import type { Verdict } from '../core/verdict.ts';

/** The verdict of a checker or interactor, with its message. */
export interface CheckerVerdict {
  readonly verdict: Verdict;
  readonly message: string | undefined;
}

const MAX_MESSAGE_BYTES = 4096;
/** Exit codes of testlib: a wrong answer, and output with the wrong format. */
const WRONG: readonly number[] = [1, 2];

/** The verdict that follows from how a checker or interactor ended. Any end other than exit code 0, 1 or 2 is its own failure. */
export function checkerVerdictOf({ fate }: Execution, message: string | undefined): CheckerVerdict {
  if (fate.status !== 'completed') return { verdict: 'judge_failed', message: message ?? fate.status };
  if (fate.exitCode === 0) return { verdict: 'accepted', message };
  if (WRONG.includes(fate.exitCode)) return { verdict: 'wrong_answer', message };
  return { verdict: 'judge_failed', message: message ?? `exit code ${fate.exitCode}` };
}

/** The verdict if a checker could not run because its files do not fit. Rethrows all other errors. */
export function checkerVerdictOfFailure(error: unknown): CheckerVerdict {
  if (error instanceof RunnerError && error.code === 'invalid_request') {
    return { verdict: 'judge_failed', message: error.detail };
  }
  throw error;
}

/** The beginning of the first of these streams that is not empty. */
export function messageIn(...streams: readonly Output[]): string | undefined {
  const bytes = streams.find((stream) => stream.bytes.length > 0)?.bytes;
  return bytes?.toString('utf8', 0, Math.min(bytes.length, MAX_MESSAGE_BYTES)).trim() || undefined;
}
