/** Errors of the service. How a program ended is never an error: see `result.ts`. */

export const ERROR_CODES = [
  'malformed_json',
  'invalid_request',
  'payload_too_large',
  'unsupported_media_type',
  'unauthorized',
  'forbidden',
  'unknown_runtime',
  'not_found',
  'runtime_not_ready',
  'over_capacity',
  'draining',
  'engine_unavailable',
  'build_failed',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * Who must act on an error. `caller`: change the request. `service`: fix a bug in this service. `operator`: fix something around the
 * service. `nobody`: the condition passes by itself.
 */
export type Fault = 'caller' | 'service' | 'operator' | 'nobody';

/** The properties of every code. A code without a row does not compile. */
export const ERROR_TABLE = {
  malformed_json: { fault: 'caller' },
  invalid_request: { fault: 'caller' },
  payload_too_large: { fault: 'caller' },
  unsupported_media_type: { fault: 'caller' },
  unauthorized: { fault: 'caller' },
  forbidden: { fault: 'caller' },
  unknown_runtime: { fault: 'caller' },
  not_found: { fault: 'caller' },
  runtime_not_ready: { fault: 'operator' },
  over_capacity: { fault: 'nobody' },
  draining: { fault: 'nobody' },
  engine_unavailable: { fault: 'operator' },
  build_failed: { fault: 'caller' },
  internal: { fault: 'service' },
} as const satisfies Record<ErrorCode, { readonly fault: Fault }>;

/** One step of a path into a request: the name of a field, an index, or (in a map) a key that the caller chose. */
export type Step = string | number | { readonly key: string };

/** The path to a part of a request, with the names of `RunDraft`. Each API maps it to its own names. */
export type Field = readonly Step[];

/** The kind of a violation. Each API maps it to the code or status that its callers know. */
export type ViolationKind = 'invalid' | 'too_large' | 'code_too_large' | 'bad_filename' | 'no_program';

/**
 * One invalid part of a request, with what would be valid. `message` refers to other fields as `{field}`; each API inserts its own
 * names. It never contains an input value.
 */
export interface Violation {
  readonly field: Field;
  readonly message: string;
  readonly kind: ViolationKind;
}

export interface RunnerErrorOptions {
  readonly cause?: unknown;
  /** How long the caller should wait before it tries again, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly violations?: readonly Violation[];
}

/** An error that is reported to the caller. `detail` goes to the caller, `cause` only to the log. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;
  readonly violations: readonly Violation[];

  constructor(code: ErrorCode, detail: string, options: RunnerErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.retryAfterMs = options.retryAfterMs;
    this.violations = options.violations ?? [];
  }
}

const CODES = {
  invalid: 'invalid_request',
  too_large: 'payload_too_large',
  code_too_large: 'payload_too_large',
  bad_filename: 'invalid_request',
  no_program: 'invalid_request',
} as const satisfies Record<ViolationKind, ErrorCode>;

/** A request that is not valid. `detail` is for the log; each API builds its response from the violations. */
export class InvalidRequest extends RunnerError {
  constructor(violations: readonly [Violation, ...Violation[]]) {
    const [{ kind, field, message }] = violations;
    super(CODES[kind], `${fieldPath(field)}: ${message.replace(/[{}]/g, '')}`, { violations });
  }
}

/** The error for a request with one violation. */
export function invalidField(field: Field, message: string, kind: ViolationKind = 'invalid'): InvalidRequest {
  return new InvalidRequest([{ field, message, kind }]);
}

/** For example `tests.0.stdin`. A key that the caller chose becomes `*`, so that it does not get into the log. */
function fieldPath(field: Field): string {
  return field.map((step) => (typeof step === 'object' ? '*' : step)).join('.') || 'request';
}

/** Why a run was cancelled: the reason of its `AbortSignal`. */
export type AbortCause = 'client-gone' | 'draining' | 'queue-timeout';

export class RunAborted extends Error {
  override readonly name = 'RunAborted';
  readonly reason: AbortCause;

  constructor(reason: AbortCause) {
    super(`run cancelled: ${reason}`);
    this.reason = reason;
  }
}
