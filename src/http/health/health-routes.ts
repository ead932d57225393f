import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { IsolationState } from '../../core/isolation.ts';
import type { Health } from '../../health/readiness.ts';
import { jsonResponse } from '../openapi.ts';
import type { Env } from '../request-context.ts';

/** What the health routes report. */
export interface HealthSource {
  /** The current state of the engine and the runtimes. */
  health(): Promise<Health>;
  /** Why a run sent now would fail; empty if it would succeed. */
  problems(): Promise<string[]>;
}

const isolationSchema = z.object({
  isolation: z.enum(['cell', 'container']),
  reason: z.string().optional().openapi({ description: 'Why runs are not in cells although `ISOLATION` is `cells`.' }),
});
const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    docker_connected: z.boolean(),
    auth_enabled: z.boolean(),
    runtimes: z.record(z.string(), z.enum(['ready', 'missing', 'broken'])),
    isolation: z.record(z.string(), isolationSchema),
  })
  .openapi('Health');
const rootSchema = z.object({ message: z.string() });
const liveSchema = z.object({ status: z.literal('alive') });
const readySchema = z
  .object({ status: z.enum(['ready', 'unready']), reasons: z.array(z.string()) })
  .openapi('Readiness');

const LIVE = createRoute({
  method: 'get',
  path: '/livez',
  summary: 'Whether the process responds, without asking the engine',
  security: [],
  responses: { 200: jsonResponse('The process responds', liveSchema) },
});

const ROOT = createRoute({
  method: 'get',
  path: '/',
  summary: 'A short message that the service is up',
  security: [],
  responses: { 200: jsonResponse('The service is up', rootSchema) },
});

const HEALTH = createRoute({
  method: 'get',
  path: '/health',
  summary: 'The state of the engine and the runtimes',
  description:
    'A runtime is `missing` if its image does not exist, and `broken` if its image fails to run its sample program. 200 if the engine answers and all READY_RUNTIMES are ready. `isolation` says what separates the runs of each runtime from one another, unless a request asks for a container of its own.',
  security: [],
  responses: {
    200: jsonResponse('The engine and all required runtimes are ready', healthSchema),
    503: jsonResponse('The engine or a required runtime is not ready', healthSchema),
  },
});

const READY = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether a run sent now would succeed',
  security: [],
  responses: { 200: jsonResponse('Ready', readySchema), 503: jsonResponse('Not ready, with the reasons', readySchema) },
});

/** `GET /`, `/health`, `/livez`, `/readyz`: open to everyone. */
export function addHealthRoutes(app: OpenAPIHono<Env>, source: HealthSource, authEnabled: boolean): void {
  app.openapi(ROOT, (c) => c.json({ message: 'Code Runner is operational.' }, 200));
  app.openapi(LIVE, (c) => c.json({ status: 'alive' as const }, 200));
  app.openapi(HEALTH, async (c) => {
    const health = await source.health();
    return c.json(toHealthBody(health, authEnabled), health.isOk ? 200 : 503);
  });
  app.openapi(READY, async (c) => {
    const reasons = await source.problems();
    if (reasons.length === 0) return c.json({ status: 'ready' as const, reasons }, 200);
    return c.json({ status: 'unready' as const, reasons }, 503);
  });
}

function toHealthBody(
  { engineConnected, isOk, runtimes, isolation }: Health,
  authEnabled: boolean,
): z.output<typeof healthSchema> {
  return {
    status: isOk ? 'ok' : 'degraded',
    docker_connected: engineConnected,
    auth_enabled: authEnabled,
    runtimes: Object.fromEntries(runtimes),
    isolation: Object.fromEntries([...isolation].map(([id, state]) => [id, toIsolationBody(state)])),
  };
}

function toIsolationBody({ isolation, reason }: IsolationState): z.output<typeof isolationSchema> {
  return reason === undefined ? { isolation } : { isolation, reason };
}
