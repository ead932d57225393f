import { RunnerError } from '../../../core/errors.ts';
import type { HttpResponse } from './http-response.ts';

/** The engine answered a request with anything but success. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly statusCode: number;

  constructor({ status, content }: HttpResponse) {
    super(`HTTP ${status}: ${content.toString().trim()}`);
    this.statusCode = status;
  }
}

/** What went wrong with a call, for the callers of the engine: `engine_unavailable`, or `internal` where a request was at fault. */
export function asRunnerError(error: unknown): RunnerError {
  if (error instanceof RunnerError) return error;
  const status = error instanceof EngineRefusal ? error.statusCode : undefined;
  if (status === undefined || status >= 500) return engineUnavailable(error);
  return new RunnerError('internal', 'The container engine refused a request.', { cause: error });
}

export function engineUnavailable(cause: unknown): RunnerError {
  return new RunnerError('engine_unavailable', 'The container engine does not answer.', { cause, retryAfterMs: 1000 });
}

export function imageMissing(cause: unknown): RunnerError {
  return new RunnerError('runtime_not_ready', 'The image of the runtime is not there.', { cause });
}

/** Whether the engine refused a call with one of these statuses. */
export function isRefusal(error: unknown, ...statuses: number[]): boolean {
  return (
    error instanceof RunnerError && error.cause instanceof EngineRefusal && statuses.includes(error.cause.statusCode)
  );
}
