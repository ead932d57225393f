import { setTimeout as sleep } from 'node:timers/promises';
import type { Containers } from './api/containers.ts';
import type { Engine } from './api/engine.ts';
import { LABELS } from './labels.ts';
import type { SharedNames } from './shared-names.ts';

/** No service takes this long between creating and starting a container. */
const STALE_AFTER_MS = 60_000;

const LOOK_AGAIN_MS = 100;

/** What the reaper needs of an engine. */
type Reaped = Pick<Containers, 'list' | 'remove'>;

/**
 * Kills and removes every container of one service process. The engine first gets `waitMs` to remove those that are ending.
 * Resolves with the number of containers that were left then.
 */
export async function reapInstance(containers: Reaped, instanceId: string, waitMs = 0): Promise<number> {
  const label = `${LABELS.instance}=${instanceId}`;
  const deadline = performance.now() + waitMs;
  let left = await containers.list(label);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(LOOK_AGAIN_MS);
    left = await containers.list(label);
  }
  await Promise.all(left.map(({ id }) => containers.remove(id)));
  return left.length;
}

/** Removes the networks that services share, unless another service has containers. */
export async function removeSharedNetworks(
  { containers, networks }: Pick<Engine, 'containers' | 'networks'>,
  names: SharedNames,
): Promise<void> {
  const others = await containers.list(`${LABELS.namespace}=${names.namespace}`);
  if (others.length > 0) return;
  for (const name of [names.egressNetwork, names.buildNetwork]) await networks.remove(name);
}

/**
 * Removes old containers of any service that are not running: a service that is killed between creating and starting a container
 * leaves one. Running containers need no reaper, because they end with their service's connection.
 */
export async function reapStale(containers: Reaped, now = Date.now()): Promise<number> {
  const sandboxes = await containers.list(LABELS.sandbox);
  const stale = sandboxes.filter(({ state, createdAtMs }) => state !== 'running' && now - createdAtMs > STALE_AFTER_MS);
  await Promise.all(stale.map(({ id }) => containers.remove(id)));
  return stale.length;
}
