import { reapInstance, reapStale, removeSharedNetworks } from '../engines/docker/reaper.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './parts.ts';

const REAP_EVERY_MS = 60_000;
/** The engine removes a sandbox's container shortly after the sandbox has ended; wait at most this long for it. */
const REMOVAL_TIMEOUT_MS = 2000;

/** Removes what crashed services left on the engine and, on shutdown, what this service would leave. */
export function createHousekeeping({ engine, instanceId, logger, metrics, names }: Foundation): Part {
  const reap = () => {
    reapStale(engine.containers).then(
      (count) => {
        metrics.reaped(count);
        if (count > 0) logger.warn({ count }, 'reaped sandboxes that never ran');
      },
      (error) => logger.warn({ err: error }, 'reaping failed'),
    );
  };
  let reaping: NodeJS.Timeout | undefined;
  return {
    name: 'housekeeping',
    start: () => {
      reap();
      reaping = setInterval(reap, REAP_EVERY_MS);
    },
    stop: async () => {
      clearInterval(reaping);
      const reaped = await reapInstance(engine.containers, instanceId, REMOVAL_TIMEOUT_MS);
      await removeSharedNetworks(engine, names);
      logger.info({ reaped }, 'stopped');
    },
  };
}
