import type { Engine } from './engine.ts';
import { LABELS } from './labels.ts';

/** No service takes this long between making a sandbox's container and starting it. */
const STALE_AFTER_MS = 60_000;

/** Kills and removes every container of one service process. Resolves with how many there were. */
export async function reapInstance(engine: Engine, instanceId: string): Promise<number> {
  const containers = await engine.listContainers(`${LABELS.instance}=${instanceId}`);
  await Promise.all(containers.map(({ id }) => engine.removeContainer(id)));
  return containers.length;
}

/**
 * Removes sandboxes of any service that do not run and are too old to be on their way: one killed between making and
 * starting a container leaves such. Running ones need no reaper: they end when their service's connection does.
 */
export async function reapStale(engine: Engine): Promise<number> {
  const containers = await engine.listContainers(LABELS.sandbox);
  const stale = containers.filter(
    ({ state, createdAtMs }) => state !== 'running' && Date.now() - createdAtMs > STALE_AFTER_MS,
  );
  await Promise.all(stale.map(({ id }) => engine.removeContainer(id)));
  return stale.length;
}
