import { RunnerError } from '../core/errors.ts';
import type { Execution, Output } from '../core/result.ts';
import type { Verdict } from '../core/verdict.ts';

/** What a checker or interactor thinks of a program. */
export interface CheckerVerdict {
  readonly verdict: Verdict;
  readonly message: string | undefined;
}

const MAX_MESSAGE_BYTES = 4096;
/** Exit codes of testlib: a wrong answer, and one that cannot even be read. */
const WRONG: readonly number[] = [1, 2];

/** The opinion that a judge's program has expressed by its end. Every end that is none of the agreed ones is its own failure. */
export function checkerVerdictOf({ fate }: Execution, message: string | undefined): CheckerVerdict {
  if (fate.status !== 'completed') return { verdict: 'judge_failed', message: message ?? fate.status };
  if (fate.exitCode === 0) return { verdict: 'accepted', message };
  if (WRONG.includes(fate.exitCode)) return { verdict: 'wrong_answer', message };
  return { verdict: 'judge_failed', message: message ?? `exit code ${fate.exitCode}` };
}

/** The opinion of a judge's program that could not be asked because its files do not fit; rethrows what is no fault of the request. */
export function checkerVerdictOfFailure(error: unknown): CheckerVerdict {
  if (error instanceof RunnerError && error.code === 'invalid_request') {
    return { verdict: 'judge_failed', message: error.detail };
  }
  throw error;
}

/** What stands in the first of these streams that is not empty: its beginning. */
export function messageIn(...streams: readonly Output[]): string | undefined {
  const bytes = streams.find((stream) => stream.bytes.length > 0)?.bytes;
  return bytes?.toString('utf8', 0, Math.min(bytes.length, MAX_MESSAGE_BYTES)).trim() || undefined;
}
