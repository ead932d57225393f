import { ERROR_TABLE, RunAborted, RunnerError } from '../core/errors.ts';

/** What the log tells of a failure. */
export function failureFields(error: unknown) {
  if (error instanceof RunAborted) return { reason: error.reason };
  if (!(error instanceof RunnerError)) return { err: error };
  const { code, detail, cause } = error;
  if (cause === undefined) return { code, detail };
  return { code, detail, ...(cause instanceof Error ? { err: cause } : { cause: String(cause) }) };
}

/** What the metrics call it. */
export function errorLabel(error: unknown): string {
  if (error instanceof RunAborted) return error.reason;
  return error instanceof RunnerError ? error.code : 'internal';
}

/** Whether somebody on this side has to mend something. */
export function isOurFault(error: unknown): boolean {
  if (error instanceof RunAborted) return false;
  const fault = error instanceof RunnerError ? ERROR_TABLE[error.code].fault : 'service';
  return fault === 'service' || fault === 'operator';
}
