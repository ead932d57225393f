import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Metrics } from '../observability/metrics.ts';

/** Counts every response by its route pattern, never by the path that the client chose. */
export function countResponses(metrics: Pick<Metrics, 'responseSent'>): MiddlewareHandler {
  return async (c, next) => {
    await next();
    metrics.responseSent(routePath(c, -1), c.res.status);
  };
}

/** Closes kept-alive connections while draining, so that clients move on to another instance. */
export function closeWhileDraining(isDraining: () => boolean): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (isDraining()) c.header('connection', 'close');
  };
}
