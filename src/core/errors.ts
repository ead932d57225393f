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

/** One refused part of a request: a JSON pointer and what is wrong with it. Never holds an input value. */
export interface Violation {
  readonly pointer: string;
  readonly message: string;
}

export interface RunnerErrorOptions {
  readonly cause?: unknown;
  /** When the caller may sensibly try again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  readonly violations?: readonly Violation[];
  /** The seed answered some invalid requests with 400 where this service would say 422. */
  readonly asBadRequest?: boolean;
}

/** A failure of the service. `detail` is shown to the caller, `cause` only to the log. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;
  readonly violations: readonly Violation[];
  readonly asBadRequest: boolean;

  constructor(code: ErrorCode, detail: string, options: RunnerErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.retryAfterMs = options.retryAfterMs;
    this.violations = options.violations ?? [];
    this.asBadRequest = options.asBadRequest ?? false;
  }
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
