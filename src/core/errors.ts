/** What the service answers when it could not do its part. The fate of the program is never an error: see `result.ts`. */

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
 * Whose fault an error is: the caller's, who must change the request; the service's own; the operator's, who must mend something
 * around it; or nobody's, since it passes by itself.
 */
export type Fault = 'caller' | 'service' | 'operator' | 'nobody';

/** What every code means beyond its name: a code without a row does not compile. */
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

/** A step on the way to a part of a request: the name of a field, an index, or a name that the caller chose, as in a map. */
export type Step = string | number | { readonly key: string };

/** Which part of a request: names of `RunDraft` and the drafts in it. A front door turns it into its own names. */
export type Field = readonly Step[];

/** What sort of refusal it is; a front door gives each the code or status that its callers know. */
export type ViolationKind = 'invalid' | 'too_large' | 'code_too_large' | 'bad_filename' | 'no_program';

/**
 * One refused part of a request: which, and what would be right. `message` names other fields as `{field}`, for the front door to
 * put its own names there. Never holds an input value.
 */
export interface Violation {
  readonly field: Field;
  readonly message: string;
  readonly kind: ViolationKind;
}

export interface RunnerErrorOptions {
  readonly cause?: unknown;
  /** When the caller may sensibly try again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  readonly violations?: readonly Violation[];
}

/** A failure of the service. `detail` is shown to the caller, `cause` only to the log. */
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

/** A request that cannot be what its caller wants. `detail` is for the log: a front door words its answer from the violations. */
export class InvalidRequest extends RunnerError {
  constructor(violations: readonly [Violation, ...Violation[]]) {
    const [{ kind, field, message }] = violations;
    super(CODES[kind], `${fieldPath(field)}: ${message.replace(/[{}]/g, '')}`, { violations });
  }
}

/** Refuses one part of a request. */
export function invalidField(field: Field, message: string, kind: ViolationKind = 'invalid'): InvalidRequest {
  return new InvalidRequest([{ field, message, kind }]);
}

/** `tests.0.stdin`; a name that the caller chose stays out of the log. */
function fieldPath(field: Field): string {
  return field.map((step) => (typeof step === 'object' ? '*' : step)).join('.') || 'request';
}

/** Why a run was given up before it ended: the reason carried by its `AbortSignal`. */
export type AbortCause = 'client-gone' | 'draining' | 'queue-timeout';

export class RunAborted extends Error {
  override readonly name = 'RunAborted';
  readonly reason: AbortCause;

  constructor(reason: AbortCause) {
    super(`run given up: ${reason}`);
    this.reason = reason;
  }
}
