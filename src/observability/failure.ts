import { ERROR_TABLE, RunAborted, RunnerError } from '../core/errors.ts';

/** The log fields of a failure. */
export function failureFields(error: unknown) {
  if (error instanceof RunAborted) return { reason: error.reason };
  if (!(error instanceof RunnerError)) return { err: error };
  const { code, detail, cause } = error;
  if (cause === undefined) return { code, detail };
  return { code, detail, ...(cause instanceof Error ? { err: cause } : { cause: String(cause) }) };
}

/** The metrics label of a failure. */
export function errorLabel(error: unknown): string {
  if (error instanceof RunAborted) return error.reason;
  return error instanceof RunnerError ? error.code : 'internal';
}

/** Whether the operator or a developer of the service must act. */
export function isOurFault(error: unknown): boolean {
  if (error instanceof RunAborted) return false;
  const fault = error instanceof RunnerError ? ERROR_TABLE[error.code].fault : 'service';
  return fault === 'service' || fault === 'operator';
}
