import { createRoute, type OpenAPIHono, type RouteHandler, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { checkRun } from '../../core/draft/check-run.ts';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { requireValid } from '../../core/draft/violations.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { RunRequest } from '../../core/request.ts';
import { jsonBody } from '../body.ts';
import { clientGone } from '../client-gone.ts';
import { problemResponses } from '../errors.ts';
import { NDJSON, preferredFormat, SSE } from '../event-format.ts';
import type { Encoding } from '../fields.ts';
import { LongResponse } from '../json/long-response.ts';
import { pacedBody } from '../paced-body.ts';
import type { Env } from '../request-context.ts';
import { TENANT_PARAMETER } from '../tenant.ts';
import { recorderOf } from './record-run.ts';
import { ResponseMemory } from './response-memory.ts';
import { invalidRunBody } from './run-body.ts';
import { runEventSchema } from './run-event-schema.ts';
import { runResponseSchema } from './run-response-schema.ts';
import type { RunRouteOptions } from './run-route-options.ts';
import { createRunRequestSchema, type RunRequestSchema } from './run-schema.ts';
import { serverTiming, toRunDraft, toRunResponse } from './run-wire.ts';
import { streamRun } from './stream-run.ts';

type RunRoute = ReturnType<typeof createRunRoute>;
type RunHandler = RouteHandler<RunRoute, Env>;
/** A JSON response, written at once or piece by piece, or a stream of events. */
type RunResponse = Awaited<ReturnType<RunHandler>>;

const EVENT_STREAM =
  "Server-sent events. Each one has the fields of a `RunEvent` as its data, that event's name as its name, and its number from 1 as its id. A ping is a comment.";

/** Adds `POST /run`. It responds when the program has ended, or with events while it runs. */
export function addRunRoute(app: OpenAPIHono<Env>, options: RunRouteOptions): void {
  const schema = createRunRequestSchema(options.policy);
  app.openapi(createRunRoute(schema, options), createRunHandler(options), (result) => {
    if (!result.success) throw invalidRunBody(result, schema, options.policy);
  });
}

function createRunRoute(schema: RunRequestSchema, { policy, bodyBudget }: RunRouteOptions) {
  return createRoute({
    method: 'post',
    path: '/run',
    summary: 'Run a program in a sandbox of its own',
    description:
      'Responds with 200 however the program ended. An error means that the service refused the request or could not run it. ' +
      'With `Accept: text/event-stream` or `application/x-ndjson` the run is streamed as events. The last one is `result`, with the body of the ' +
      'plain response as its data, or `error`, with a problem. A stream without either is a broken connection. What fails before the first event ' +
      'is an ordinary error response. The run ends when the client disconnects or reads nothing for a while (`STREAM_STALL`).',
    middleware: jsonBody({ maxBytes: policy.limits.maxBodyBytes, budget: bodyBudget }),
    parameters: [TENANT_PARAMETER],
    request: { body: { required: true, content: { 'application/json': { schema } } } },
    responses: {
      200: {
        description: 'How the program ended and what it printed',
        content: {
          'application/json': { schema: runResponseSchema },
          'application/x-ndjson': { schema: runEventSchema },
          'text/event-stream': { schema: z.string().openapi({ description: EVENT_STREAM }) },
        },
      },
      ...problemResponses(...runErrors(policy)),
    },
  });
}

function runErrors({ hasPrebuilds }: RequestPolicy): ErrorCode[] {
  return [
    'malformed_json',
    'invalid_request',
    'payload_too_large',
    'unsupported_media_type',
    'unauthorized',
    'forbidden',
    'unknown_runtime',
    ...(hasPrebuilds ? (['build_failed'] as const) : []),
    'runtime_not_ready',
    'over_capacity',
    'draining',
    'engine_unavailable',
    'internal',
  ];
}

function createRunHandler(options: RunRouteOptions): RunHandler {
  return async (c) => {
    const body = c.req.valid('json');
    const encoding = body.output_encoding ?? 'utf-8';
    const request = requireValid(checkRun(toRunDraft(body), options.policy));
    // Otherwise the validated body would stay in memory for the whole run.
    c.req.addValidatedData('json', {});
    const format = preferredFormat(c, [SSE, NDJSON]);
    const run = { request, encoding };
    const response = format ? streamRun(c, options, { ...run, format }) : answerRun(c, options, run);
    return (await response) as Response & RunResponse;
  };
}

/** Responds when the run has ended. */
async function answerRun(
  c: Context<Env>,
  { runner, responseBudget, streams }: RunRouteOptions,
  { request, encoding }: { readonly request: RunRequest; readonly encoding: Encoding },
): Promise<Response> {
  const signal = clientGone(c.req.raw.signal);
  const memory = new ResponseMemory(responseBudget, signal);
  const reserveMemory = (bytes: number) => memory.reserve(bytes);
  const result = await runner.run(request, { recorder: recorderOf(c), signal, reserveMemory });
  c.header('server-timing', serverTiming(result.timings));
  const long = new LongResponse();
  const response = toRunResponse(result, { encoding, long });
  if (long.heldBytes > 0) {
    const onEnd = () => memory.release();
    const stream = pacedBody(long.pieces(response), { stallMs: streams.stallMs, maxWaitingBytes: 1, onEnd });
    return c.newResponse(stream, 200, { 'content-type': 'application/json' });
  }
  memory.release();
  return c.json(response, 200);
}
