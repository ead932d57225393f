import type { Logger } from 'pino';
import type { PoolObserver } from '../sandbox/lease.ts';
import type { Metrics } from './metrics.ts';

/** The same failure of the same image is logged once in this time, because the pool keeps trying. */
const LOG_AGAIN_MS = 10_000;

/** Writes what the pool does to the log and the metrics. */
export function createPoolObserver(logger: Logger, metrics: Metrics): PoolObserver {
  const counted = metrics.poolObserver();
  const loggedAt = new Map<string, number>();
  return {
    ...counted,
    creationFailed(image, error) {
      counted.creationFailed(image, error);
      const failure = `${image} ${error}`;
      const now = performance.now();
      if (now - (loggedAt.get(failure) ?? Number.NEGATIVE_INFINITY) < LOG_AGAIN_MS) return;
      for (const [logged, at] of loggedAt) if (now - at >= LOG_AGAIN_MS) loggedAt.delete(logged);
      loggedAt.set(failure, now);
      logger.warn({ image, err: error }, 'a sandbox could not be created');
    },
  };
}
