import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Metrics } from '../observability/metrics.ts';

/** Counts every answer under its route as it is written in the code, never under a path that the client chose. */
export function countAnswers(metrics: Pick<Metrics, 'requestAnswered'>): MiddlewareHandler {
  return async (c, next) => {
    await next();
    metrics.requestAnswered(routePath(c, -1), c.res.status);
  };
}

/** So that clients with kept-alive connections move on to another instance. */
export function closeWhileDraining(isDraining: () => boolean): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (isDraining()) c.header('connection', 'close');
  };
}
