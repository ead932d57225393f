import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Deferred } from '../../core/deferred.ts';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { requireValid } from '../../core/draft/violations.ts';
import { cutEcho } from '../../core/echo.ts';
import { RunAborted, RunnerError } from '../../core/errors.ts';
import type { BuildLog } from '../../prebuilds/build-log.ts';
import type { Prebuild } from '../../prebuilds/catalog.ts';
import { checkPrebuild } from '../../prebuilds/check-prebuild.ts';
import type { Prebuilds } from '../../prebuilds/prebuilds.ts';
import { type PrebuildSpec, type PrebuildTag, prebuildTag, TAG_PREFIX } from '../../prebuilds/spec.ts';
import { jsonBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { clientGone } from '../client-gone.ts';
import { isUnexpected, problemOf, problemResponses } from '../errors.ts';
import { preferredFormat, type ServerEvent, SSE, serverEvent } from '../event-format.ts';
import { eventStream, type StreamSettings } from '../event-stream.ts';
import { jsonResponse } from '../openapi.ts';
import type { Env } from '../request-context.ts';
import {
  createPrebuildRequestSchema,
  prebuildSchema,
  prebuiltSchema,
  toPrebuildDraft,
  toPrebuildEntry,
  toPrebuilt,
} from './prebuild-schema.ts';

const DEFAULT_MAX_AGE_DAYS = 7;
const DAY_MS = 86_400_000;

export interface PrebuildRoutesOptions {
  readonly prebuilds: Pick<Prebuilds, 'specOf' | 'build' | 'all' | 'find' | 'remove' | 'cleanUp'>;
  readonly policy: RequestPolicy;
  readonly bodyBudget: BodyBudget;
  readonly streams: StreamSettings;
  readonly onError: (error: unknown, requestId: string) => void;
}

const tagParameter = z.object({ tag: z.string().openapi({ example: 'my-scipy' }) });
const ACCESS = ['unauthorized', 'forbidden', 'engine_unavailable'] as const;

/** `POST /prebuild` and everything under `/prebuilds`. */
export function addPrebuildRoutes(app: OpenAPIHono<Env>, options: PrebuildRoutesOptions): void {
  addBuildRoute(app, options);
  addListingRoutes(app, options);
  addRemovalRoute(app, options);
  addCleanUpRoute(app, options);
}

function addBuildRoute(app: OpenAPIHono<Env>, options: PrebuildRoutesOptions): void {
  const { policy, prebuilds, bodyBudget } = options;
  const schema = createPrebuildRequestSchema(policy.defaultRuntime);
  const route = createRoute({
    method: 'post',
    path: '/prebuild',
    summary: 'Build a prebuild: a runtime with a setup script or packages on top',
    description:
      'Responds when the image is ready, or immediately if the same spec has been built before. With `Accept: text/event-stream` the whole build log is streamed as `log` events, followed by `ready` or `error`. What fails before the build begins is an ordinary error response. The build is cancelled when no client waits for it any more.',
    middleware: jsonBody({ maxBytes: policy.limits.maxBodyBytes, budget: bodyBudget }),
    request: { body: { required: true, content: { 'application/json': { schema } } } },
    responses: {
      200: {
        description: 'The image is ready',
        content: { 'application/json': { schema: prebuiltSchema }, 'text/event-stream': { schema: z.string() } },
      },
      ...problemResponses(
        'malformed_json',
        'build_failed',
        'invalid_request',
        'payload_too_large',
        'unsupported_media_type',
        'runtime_not_ready',
        'over_capacity',
        'draining',
        'internal',
        ...ACCESS,
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { tag, ...contents } = requireValid(checkPrebuild(toPrebuildDraft(c.req.valid('json')), policy));
    const spec = prebuilds.specOf(contents);
    const signal = clientGone(c.req.raw.signal);
    if (preferredFormat(c, [SSE])) return streamBuild(c, options, { tag, spec, signal });
    const prebuild = await options.prebuilds.build(tag, spec, { signal });
    return c.json(toPrebuilt({ ...prebuild, tag }), 200);
  });
}

interface BuildRequest {
  readonly tag: PrebuildTag;
  readonly spec: PrebuildSpec;
  readonly signal: AbortSignal;
}

/** Responds with events once the build has begun. Rejects if it fails before, so that a refusal looks the same with and without a stream. */
async function streamBuild(c: Context<Env>, options: PrebuildRoutesOptions, request: BuildRequest): Promise<Response> {
  const left = new AbortController();
  const signal = AbortSignal.any([request.signal, clientGone(left.signal)]);
  const begun = new Deferred<Pick<BuildLog, 'read'>>();
  const prebuild = options.prebuilds.build(request.tag, request.spec, { signal, onBegin: (log) => begun.resolve(log) });
  const log = await Promise.race([begun.promise, prebuild.then(() => undefined)]);
  const events = buildEvents(c.get('requestId'), options, { tag: request.tag, prebuild, log, signal });
  return eventStream(c, events, { route: '/prebuild', format: SSE, settings: options.streams, left });
}

interface BuildUnderWay {
  readonly tag: PrebuildTag;
  readonly prebuild: Promise<Prebuild>;
  /** `undefined` if nothing had to be built. */
  readonly log: Pick<BuildLog, 'read'> | undefined;
  readonly signal: AbortSignal;
}

async function* buildEvents(
  requestId: string,
  { onError }: PrebuildRoutesOptions,
  { tag, prebuild, log, signal }: BuildUnderWay,
): AsyncGenerator<ServerEvent, void> {
  try {
    for await (const text of log?.read(signal) ?? []) yield serverEvent('log', text);
    yield serverEvent('ready', toPrebuilt({ ...(await prebuild), tag }));
  } catch (error) {
    if (error instanceof RunAborted) return;
    if (isUnexpected(error)) onError(error, requestId);
    yield serverEvent('error', problemOf(error, requestId));
  }
}

function addListingRoutes(app: OpenAPIHono<Env>, { prebuilds }: PrebuildRoutesOptions): void {
  const list = createRoute({
    method: 'get',
    path: '/prebuilds',
    summary: 'List the prebuilds',
    responses: {
      200: jsonResponse('Prebuilds', z.object({ prebuilds: z.array(prebuildSchema) })),
      ...problemResponses(...ACCESS),
    },
  });
  app.openapi(list, async (c) => c.json({ prebuilds: (await prebuilds.all()).map(toPrebuildEntry) }, 200));

  const get = createRoute({
    method: 'get',
    path: '/prebuilds/{tag}',
    summary: 'Show one prebuild',
    request: { params: tagParameter },
    responses: { 200: jsonResponse('The prebuild', prebuildSchema), ...problemResponses('not_found', ...ACCESS) },
  });
  app.openapi(get, async (c) => {
    const { tag: text } = c.req.valid('param');
    const tag = prebuildTag(text);
    const prebuild = tag && (await prebuilds.find(tag));
    if (!prebuild) throw notFound(text);
    return c.json(toPrebuildEntry(prebuild), 200);
  });
}

function addRemovalRoute(app: OpenAPIHono<Env>, { prebuilds }: PrebuildRoutesOptions): void {
  const remove = createRoute({
    method: 'delete',
    path: '/prebuilds/{tag}',
    summary: 'Remove a prebuild; runs that use it continue',
    request: { params: tagParameter },
    responses: {
      200: jsonResponse('The prebuild was removed', z.object({ status: z.literal('deleted'), tag: z.string() })),
      ...problemResponses('not_found', ...ACCESS),
    },
  });
  app.openapi(remove, async (c) => {
    const { tag: text } = c.req.valid('param');
    const tag = prebuildTag(text);
    if (tag === undefined || !(await prebuilds.remove(tag))) throw notFound(text);
    return c.json({ status: 'deleted' as const, tag: TAG_PREFIX + tag }, 200);
  });
}

function addCleanUpRoute(app: OpenAPIHono<Env>, { prebuilds }: PrebuildRoutesOptions): void {
  const cleanUp = createRoute({
    method: 'post',
    path: '/prebuilds/cleanup',
    summary: 'Remove prebuilds that have not been used for a number of days',
    request: {
      query: z.object({
        max_age_days: z
          .string()
          .regex(/^\d{1,5}(\.\d{1,6})?$/, 'must be a number of days')
          .optional()
          .openapi({ description: `Default: ${DEFAULT_MAX_AGE_DAYS}.`, example: '7' }),
      }),
    },
    responses: {
      200: jsonResponse('The removed prebuilds', z.object({ removed: z.array(z.string()), count: z.number().int() })),
      ...problemResponses('invalid_request', ...ACCESS),
    },
  });
  app.openapi(cleanUp, async (c) => {
    const { max_age_days: days } = c.req.valid('query');
    const removed = await prebuilds.cleanUp(Number(days ?? DEFAULT_MAX_AGE_DAYS) * DAY_MS);
    return c.json({ removed: removed.map((tag) => TAG_PREFIX + tag), count: removed.length }, 200);
  });
}

/** `text` is the tag from the request's path. */
function notFound(text: string): RunnerError {
  return new RunnerError('not_found', `Prebuilt image '${cutEcho(text)}' not found.`);
}
