import type { Logger } from 'pino';
import type { PoolObserver } from '../sandbox/pool.ts';
import type { Metrics } from './metrics.ts';

/** The same failure of the same image is told once in this time: a pool goes on trying. */
const TELL_AGAIN_MS = 10_000;

/** Feeds the log and the metrics with what the pool does. */
export function createPoolObserver(logger: Logger, metrics: Metrics): PoolObserver {
  const counted = metrics.poolObserver();
  const toldAt = new Map<string, number>();
  return {
    ...counted,
    creationFailed(image, error) {
      counted.creationFailed(image, error);
      const failure = `${image} ${error}`;
      const now = performance.now();
      if (now - (toldAt.get(failure) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
      for (const [told, at] of toldAt) if (now - at >= TELL_AGAIN_MS) toldAt.delete(told);
      toldAt.set(failure, now);
      logger.warn({ image, err: error }, 'a sandbox could not be created');
    },
  };
}
