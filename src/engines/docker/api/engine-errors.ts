import { RunnerError } from '../../../core/errors.ts';
import type { EngineCall } from './deadlines.ts';
import type { HttpResponse } from './http-response.ts';

/** The engine responded with an error status. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly statusCode: number;

  constructor({ status, content }: HttpResponse) {
    super(`HTTP ${status}: ${content.toString().trim()}`);
    this.statusCode = status;
  }
}

/** The engine did not respond in time. */
export class EngineTimeout extends Error {
  override readonly name = 'EngineTimeout';

  constructor(afterMs: number, options?: ErrorOptions) {
    super(`no answer within ${Number((afterMs / 1000).toFixed(1))} s`, options);
  }
}

/** Converts a failure of a call: `internal` if the engine refused the request, else `engine_unavailable`. */
export function asRunnerError(error: unknown, call: EngineCall): RunnerError {
  if (error instanceof RunnerError) return error;
  if (error instanceof EngineRefusal && error.statusCode < 500)
    return new RunnerError('internal', `The container engine refused a call (${call}).`, { cause: error });
  const detail = `The container engine ${failureOf(error)} (${call}).`;
  return new RunnerError('engine_unavailable', detail, { cause: error, retryAfterMs: 1000 });
}

function failureOf(error: unknown): string {
  if (error instanceof EngineTimeout) return `gave ${error.message}`;
  return error instanceof EngineRefusal ? 'failed' : 'cannot be reached';
}

export function imageMissing(cause: unknown): RunnerError {
  const detail = 'The image of the runtime does not exist. Build it with npm run images.';
  return new RunnerError('runtime_not_ready', detail, { cause });
}

/** Whether the engine refused a call with one of these statuses. */
export function isRefusal(error: unknown, ...statuses: number[]): boolean {
  return (
    error instanceof RunnerError && error.cause instanceof EngineRefusal && statuses.includes(error.cause.statusCode)
  );
}

/** Whether the engine did not respond in time. */
export function isTimeout(error: unknown): boolean {
  return error instanceof RunnerError && error.cause instanceof EngineTimeout;
}
