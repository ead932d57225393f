import { createRoute, type OpenAPIHono, type RouteHandler } from '@hono/zod-openapi';
import { checkRun } from '../../core/draft/check-run.ts';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { requireValid } from '../../core/draft/violations.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Runner } from '../../runs/runner.ts';
import { jsonBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { clientGone } from '../client-gone.ts';
import { problemResponses } from '../errors.ts';
import { LongResponse } from '../json/long-response.ts';
import type { Env } from '../request-context.ts';
import type { ResponseBudget } from '../response-budget.ts';
import { responseStream } from '../response-stream.ts';
import { TENANT_PARAMETER } from '../tenant.ts';
import { recorderOf } from './record-run.ts';
import { invalidRunBody } from './run-body.ts';
import { runResponseSchema } from './run-response-schema.ts';
import { createRunRequestSchema, type RunRequestSchema } from './run-schema.ts';
import { serverTiming, toRunDraft, toRunResponse } from './run-wire.ts';

export interface RunRouteOptions {
  readonly runner: Pick<Runner, 'run'>;
  readonly policy: RequestPolicy;
  readonly bodyBudget: BodyBudget;
  readonly responseBudget: ResponseBudget;
}

type RunRoute = ReturnType<typeof createRunRoute>;
type RunHandler = RouteHandler<RunRoute, Env>;
/** A JSON response, written at once or piece by piece. */
type RunResponse = Awaited<ReturnType<RunHandler>>;

/** Adds `POST /run`. It responds when the program has ended. */
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
      'Responds with 200 however the program ended. An error means that the service refused the request or could not run it.',
    middleware: jsonBody({ maxBytes: policy.limits.maxBodyBytes, budget: bodyBudget }),
    parameters: [TENANT_PARAMETER],
    request: { body: { required: true, content: { 'application/json': { schema } } } },
    responses: {
      200: {
        description: 'How the program ended and what it printed',
        content: { 'application/json': { schema: runResponseSchema } },
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

function createRunHandler({ runner, policy, responseBudget }: RunRouteOptions): RunHandler {
  return async (c) => {
    const body = c.req.valid('json');
    const encoding = body.output_encoding ?? 'utf-8';
    const request = requireValid(checkRun(toRunDraft(body), policy));
    // Otherwise the validated body would stay in memory for the whole run.
    c.req.addValidatedData('json', {});
    const signal = clientGone(c.req.raw.signal);
    let releaseMemory = () => {};
    const reserveMemory = async (bytes: number) => {
      releaseMemory = await responseBudget.take(bytes, signal);
    };
    const result = await runner.run(request, { recorder: recorderOf(c), signal, reserveMemory });
    c.header('server-timing', serverTiming(result.timings));
    const long = new LongResponse();
    const response = toRunResponse(result, { encoding, long });
    if (long.heldBytes > 0) {
      const stream = responseStream(long.pieces(response), releaseMemory);
      return c.newResponse(stream, 200, { 'content-type': 'application/json' }) as Response & RunResponse;
    }
    releaseMemory();
    return c.json(response, 200);
  };
}
