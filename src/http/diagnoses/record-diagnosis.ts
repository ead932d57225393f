import type { MiddlewareHandler } from 'hono';
import type { DiagnosisObserver } from '../../runs/diagnoser.ts';
import type { Env } from '../request-context.ts';
import { namedError } from '../runs/record-run.ts';

/** Reports every diagnosis when it ends, including those that are refused. */
export function recordDiagnosis(observer: DiagnosisObserver): MiddlewareHandler<Env> {
  return async (c, next) => {
    const begunAt = performance.now();
    await next();
    observer.diagnosed({
      requestId: c.get('requestId'),
      tenant: c.get('tenant'),
      runtime: c.get('diagnosis')?.runtime,
      problems: c.get('diagnosis')?.problems ?? 0,
      error: c.error && namedError(c.error),
      totalMs: performance.now() - begunAt,
    });
  };
}
