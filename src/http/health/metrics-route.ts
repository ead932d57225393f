import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Metrics } from '../../observability/metrics.ts';
import { problemResponses } from '../errors.ts';
import type { Env } from '../request-context.ts';

/** `GET /metrics`: Prometheus's text format. */
export function addMetricsRoute(app: OpenAPIHono<Env>, metrics: Pick<Metrics, 'render' | 'contentType'>): void {
  const route = createRoute({
    method: 'get',
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    responses: {
      200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
      ...problemResponses('unauthorized', 'forbidden'),
    },
  });
  app.openapi(route, async (c) => c.text(await metrics.render(), 200, { 'content-type': metrics.contentType }));
}
