import { setTimeout as sleep } from 'node:timers/promises';
import type { Containers } from './api/containers.ts';

type Removing = Pick<Containers, 'remove'>;

const RETRY_EVERY_MS = 1000;
/** After this long the reaper is left to find the container. */
const PERSISTENCE_MS = 300_000;

/**
 * Kills and removes a container. When the engine fails, tells once and goes on trying in the background, so that what was
 * left behind by an engine's bad moment is gone when it is back. Never rejects.
 */
export async function removeWithRetry(
  containers: Removing,
  containerId: string,
  onTrouble: (error: unknown) => void,
): Promise<void> {
  try {
    await containers.remove(containerId);
  } catch (error) {
    onTrouble(error);
    void keepTrying(containers, containerId);
  }
}

async function keepTrying(containers: Removing, containerId: string): Promise<void> {
  const deadline = performance.now() + PERSISTENCE_MS;
  while (performance.now() < deadline) {
    await sleep(RETRY_EVERY_MS, undefined, { ref: false });
    const isGone = await containers.remove(containerId).then(
      () => true,
      () => false,
    );
    if (isGone) return;
  }
}
