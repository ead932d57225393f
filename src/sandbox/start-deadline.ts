import { RunnerError } from '../core/errors.ts';

const RETRY_AFTER_MS = 1000;

/** Waits for a sandbox to start. When that takes too long, the signal aborts with `engine_unavailable`. */
export async function withStartDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(noneStarted(timeoutMs)), timeoutMs);
  try {
    return await wait(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function noneStarted(timeoutMs: number): RunnerError {
  const detail = `No sandbox started within ${timeoutMs / 1000} s (SANDBOX_START_TIMEOUT).`;
  return new RunnerError('engine_unavailable', detail, { retryAfterMs: RETRY_AFTER_MS });
}
