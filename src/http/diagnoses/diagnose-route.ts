import { createRoute, type OpenAPIHono, type RouteHandler } from '@hono/zod-openapi';
import { checkRun } from '../../core/draft/check-run.ts';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { requireValid } from '../../core/draft/violations.ts';
import { RunnerError } from '../../core/errors.ts';
import type { Diagnoser } from '../../runs/diagnoser.ts';
import { jsonBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { clientGone } from '../client-gone.ts';
import { problemResponses } from '../errors.ts';
import { jsonResponse } from '../openapi.ts';
import type { Env } from '../request-context.ts';
import { invalidRunBody } from '../runs/run-body.ts';
import { createRunRequestSchema, type RunRequestBody, type RunRequestSchema } from '../runs/run-schema.ts';
import { toRunDraft } from '../runs/run-wire.ts';
import { TENANT_PARAMETER } from '../tenant.ts';
import { type DiagnosisBody, diagnosisSchema } from './diagnose-schema.ts';
import { ofRefusal, toDiagnosis } from './diagnose-wire.ts';

export interface DiagnoseRouteOptions {
  readonly diagnoser: Pick<Diagnoser, 'diagnose'>;
  readonly policy: RequestPolicy;
  readonly bodyBudget: BodyBudget;
}

type DiagnoseRoute = ReturnType<typeof createDiagnoseRoute>;

/** Errors of `POST /run` that say what is wrong with the program. Here they are problems. */
const PROBLEM_CODES = ['invalid_request', 'payload_too_large', 'unknown_runtime'];

/** Adds `POST /diagnose`. */
export function addDiagnoseRoute(app: OpenAPIHono<Env>, options: DiagnoseRouteOptions): void {
  const schema = createRunRequestSchema(options.policy);
  app.openapi(createDiagnoseRoute(schema, options), createDiagnoseHandler(options), (result, c) => {
    if (result.success) return undefined;
    const body = ofRefusal(invalidRunBody(result, schema, options.policy));
    c.set('diagnosis', { runtime: undefined, problems: body.problems.length });
    return c.json(body, 200);
  });
}

function createDiagnoseRoute(schema: RunRequestSchema, { policy, bodyBudget }: DiagnoseRouteOptions) {
  return createRoute({
    method: 'post',
    path: '/diagnose',
    summary: 'Find problems of a program without running it',
    description:
      'Takes the body of `POST /run`. Reports what that would refuse, syntax errors, and local imports that are not among the files. Nothing of the program is executed.',
    middleware: jsonBody({ maxBytes: policy.limits.maxBodyBytes, budget: bodyBudget }),
    parameters: [TENANT_PARAMETER],
    request: { body: { required: true, content: { 'application/json': { schema } } } },
    responses: {
      200: jsonResponse('What was found', diagnosisSchema),
      ...problemResponses(
        'malformed_json',
        // An X-Tenant that is not allowed. What is wrong with the body is in the answer.
        'invalid_request',
        'payload_too_large',
        'unsupported_media_type',
        'unauthorized',
        'forbidden',
        'runtime_not_ready',
        'over_capacity',
        'draining',
        'engine_unavailable',
        'internal',
      ),
    },
  });
}

function createDiagnoseHandler(options: DiagnoseRouteOptions): RouteHandler<DiagnoseRoute, Env> {
  return async (c) => {
    const call = { tenant: c.get('tenant'), signal: clientGone(c.req.raw.signal) };
    const { runtime, body } = await diagnose(c.req.valid('json'), call, options);
    c.set('diagnosis', { runtime, problems: body.problems.length });
    return c.json(body, 200);
  };
}

async function diagnose(
  body: RunRequestBody,
  call: Parameters<Diagnoser['diagnose']>[1],
  { diagnoser, policy }: DiagnoseRouteOptions,
): Promise<{ runtime: string | undefined; body: DiagnosisBody }> {
  try {
    const diagnosis = await diagnoser.diagnose(requireValid(checkRun(toRunDraft(body), policy)), call);
    return { runtime: diagnosis.runtime, body: toDiagnosis(diagnosis) };
  } catch (error) {
    if (!(error instanceof RunnerError) || !PROBLEM_CODES.includes(error.code)) throw error;
    return { runtime: undefined, body: ofRefusal(error) };
  }
}
