import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { LimitPolicy } from '../../core/limits.ts';
import type { Runner } from '../../runs/runner.ts';
import { jsonBody } from '../body.ts';
import { clientGone } from '../client-gone.ts';
import { problemResponses } from '../errors.ts';
import type { Env } from '../request-context.ts';
import { runResponseSchema } from './run-response-schema.ts';
import { createRunRequestSchema } from './run-schema.ts';
import { serverTiming, toRunRequest, toRunResponse } from './run-wire.ts';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export interface RunRouteOptions {
  readonly runner: Pick<Runner, 'run'>;
  readonly policy: LimitPolicy;
  /** Whether a run may ask for more than a plain runtime. */
  readonly hasPrebuilds: boolean;
}

/** `POST /run`: blocks until the program has ended. */
export function addRunRoute(app: OpenAPIHono<Env>, { runner, policy, hasPrebuilds }: RunRouteOptions): void {
  const route = createRoute({
    method: 'post',
    path: '/run',
    summary: 'Run a program in a sandbox of its own',
    description: 'Answers 200 whatever the program did; an error means that the service could not do its part.',
    middleware: jsonBody(policy.maxBodyBytes),
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: createRunRequestSchema(policy, hasPrebuilds) } },
      },
    },
    responses: {
      200: {
        description: 'What became of the program',
        content: { 'application/json': { schema: runResponseSchema } },
      },
      ...problemResponses(
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
      ),
    },
  });
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const context = { requestId: c.get('requestId'), traceparent: traceparent(c.req.header('traceparent')) };
    const result = await runner.run(toRunRequest(body, policy), context, clientGone(c.req.raw.signal));
    c.header('server-timing', serverTiming(result.timings));
    return c.json(toRunResponse(result, body.output_encoding ?? 'utf-8'), 200);
  });
}

function traceparent(header: string | undefined): string | undefined {
  return header !== undefined && TRACEPARENT.test(header) ? header : undefined;
}
