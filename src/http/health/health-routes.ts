import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Health } from '../../health/readiness.ts';
import { jsonResponse } from '../openapi.ts';
import type { Env } from '../request-context.ts';

/** What the health routes ask. */
export interface HealthSource {
  /** The engine and the runtimes as they are now. */
  health(): Promise<Health>;
  /** Why a run sent now would not succeed; empty when it would. */
  problems(): Promise<string[]>;
}

const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    docker_connected: z.boolean(),
    auth_enabled: z.boolean(),
    runtimes: z.record(z.string(), z.enum(['ready', 'missing', 'broken'])),
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
  summary: 'The process alone, never the engine',
  security: [],
  responses: { 200: jsonResponse('The process answers', liveSchema) },
});

const ROOT = createRoute({
  method: 'get',
  path: '/',
  summary: 'A sign of life for people',
  security: [],
  responses: { 200: jsonResponse('The service is there', rootSchema) },
});

const HEALTH = createRoute({
  method: 'get',
  path: '/health',
  summary: 'The engine and the runtimes',
  description:
    'A runtime is `missing` without its image, and `broken` when its image does not run its sample program. 200 when the engine and all of READY_RUNTIMES are there.',
  security: [],
  responses: {
    200: jsonResponse('All is well', healthSchema),
    503: jsonResponse('Something that must be there is not', healthSchema),
  },
});

const READY = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether a run sent now would succeed',
  security: [],
  responses: { 200: jsonResponse('Ready', readySchema), 503: jsonResponse('Not ready, and why', readySchema) },
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
  { engineConnected, isOk, runtimes }: Health,
  authEnabled: boolean,
): z.output<typeof healthSchema> {
  return {
    status: isOk ? 'ok' : 'degraded',
    docker_connected: engineConnected,
    auth_enabled: authEnabled,
    runtimes: Object.fromEntries(runtimes),
  };
}
