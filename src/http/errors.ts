import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { cutEcho } from '../core/echo.ts';
import {
  ERROR_CODES,
  type ErrorCode,
  InvalidRequest,
  RunAborted,
  RunnerError,
  type Step,
  type Violation,
  type ViolationKind,
} from '../core/errors.ts';
import { type FieldError, toFieldError } from './field-names.ts';
import { InvalidBody } from './invalid-body.ts';
import type { Env } from './request-context.ts';

/** HTTP status and title of every code. A code without a row does not compile. */
const PROBLEMS = {
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  unauthorized: { status: 401, title: 'Authentication is required' },
  forbidden: { status: 403, title: 'Access is denied' },
  unknown_runtime: { status: 404, title: 'There is no such runtime' },
  not_found: { status: 404, title: 'Not found' },
  runtime_not_ready: { status: 503, title: 'The runtime is not ready' },
  over_capacity: { status: 503, title: 'The service is at capacity' },
  draining: { status: 503, title: 'The service is shutting down' },
  engine_unavailable: { status: 503, title: 'The container engine is not available' },
  build_failed: { status: 400, title: 'The build failed' },
  internal: { status: 500, title: 'An unexpected error occurred' },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

/** HTTP status and detail of each kind of violation. Some are kept as clients of the original API know them. */
const REFUSALS = {
  invalid: { status: 422, detail: fieldDetail },
  too_large: { status: 413, detail: fieldDetail },
  code_too_large: { status: 413, detail: () => 'Code size exceeds the limit.' },
  bad_filename: { status: 400, detail: (_, { field }) => `Invalid filename: ${nameIn(field.at(-1))}` },
  no_program: { status: 400, detail: ({ message }) => `Either code or entrypoint must be provided. ${message}` },
} as const satisfies Record<
  ViolationKind,
  { status: number; detail: (error: FieldError, violation: Violation) => string }
>;

/** What is wrong, and with which part of the body. */
export function fieldDetail({ pointer, message }: FieldError): string {
  return `${pointer || 'The body'}: ${message}`;
}

function nameIn(step: Step | undefined): string {
  return typeof step === 'object' ? cutEcho(step.key) : String(step ?? '');
}

/** Never sent: the client has closed the connection. It only shows in the metrics. */
const CLIENT_CLOSED_REQUEST = 499;

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:code-runner:problem:invalid_request' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(ERROR_CODES),
    request_id: z.string(),
    errors: z
      .array(z.object({ pointer: z.string().openapi({ example: '/timeout' }), message: z.string() }))
      .optional()
      .openapi({ description: 'For an invalid request: what is wrong, and where' }),
  })
  .openapi('Problem', { description: 'An error of the service (RFC 9457)' });

/** The OpenAPI `responses` for the errors that a route can return, generated from the table. */
export function problemResponses(...codes: ErrorCode[]) {
  const byStatus = new Map<number, string[]>();
  const add = (status: number, text: string) => byStatus.set(status, [...(byStatus.get(status) ?? []), text]);
  for (const code of codes) add(PROBLEMS[code].status, `\`${code}\`: ${PROBLEMS[code].title}`);
  if (codes.includes('invalid_request'))
    add(400, '`invalid_request`: the program is missing or a filename is not valid');
  const content = { 'application/problem+json': { schema: problemSchema } };
  return Object.fromEntries(
    [...byStatus].map(([status, texts]) => [status, { description: texts.join('; '), content }]),
  );
}

/** Responds to errors that a route throws and to unknown routes. Calls `onError` for unexpected errors. */
export function addErrorHandlers(app: OpenAPIHono<Env>, onError: (error: unknown, requestId: string) => void): void {
  app.onError((error, c) => {
    if (isUnexpected(error) && !isLoggedByRun(c)) onError(error, c.get('requestId'));
    return errorResponse(error, c);
  });
  app.notFound((c) => errorResponse(new RunnerError('not_found', 'There is no such route.'), c));
}

/** Whether the error will appear in the log line of a run that has not ended yet. */
function isLoggedByRun(c: Context<Env>): boolean {
  return c.get('run')?.hasEnded === false;
}

/** Converts anything thrown to a response. The details of errors other than `RunnerError` stay hidden. */
function errorResponse(error: unknown, c: Context): Response {
  if (error instanceof RunAborted && error.reason === 'client-gone')
    return new Response(null, { status: CLIENT_CLOSED_REQUEST });
  return problemResponse(toRunnerError(error), c);
}

/** Whether this error has no code of its own: a bug in the service. */
export function isUnexpected(error: unknown): boolean {
  if (error instanceof RunnerError || error instanceof RunAborted) return false;
  return toRunnerError(error).code === 'internal';
}

/** Converts anything thrown to the error that the caller gets. */
export function toRunnerError(error: unknown): RunnerError {
  if (error instanceof RunnerError) return error;
  if (error instanceof HTTPException && error.status === 400) {
    return new RunnerError('malformed_json', 'The body is not valid JSON.', { cause: error });
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new RunnerError('unsupported_media_type', 'Send the body as application/json.', { cause: error });
  }
  return new RunnerError('internal', 'An unexpected error occurred. The log has the details.', { cause: error });
}

/** Converts anything thrown to a problem body (RFC 9457). */
export function problemOf(thrown: unknown, requestId: string) {
  const error = toRunnerError(thrown);
  const { title, status } = PROBLEMS[error.code];
  const errors = errorsOf(error);
  return {
    type: `urn:code-runner:problem:${error.code}`,
    title,
    status,
    detail: error.detail,
    ...refusalOf(error),
    code: error.code,
    request_id: requestId,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

function errorsOf(error: RunnerError): readonly FieldError[] {
  return error instanceof InvalidBody ? error.errors : error.violations.map(toFieldError);
}

/** Status and detail for a request with violations. */
function refusalOf(error: RunnerError) {
  const [violation] = error.violations;
  if (!violation || !(error instanceof InvalidRequest)) return {};
  const { status, detail } = REFUSALS[violation.kind];
  return { status, detail: detail(toFieldError(violation), violation) };
}

function problemResponse(error: RunnerError, c: Context): Response {
  const body = problemOf(error, c.get('requestId'));
  const { status } = body;
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="code-runner"';
  if (error.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000));
  return c.body(JSON.stringify(body), status, headers);
}
