import { setTimeout as sleep } from 'node:timers/promises';
import type { Containers } from './api/containers.ts';

type Removing = Pick<Containers, 'remove'>;

const RETRY_EVERY_MS = 1000;
/** After this long, removing the container is left to the reaper. */
const RETRY_FOR_MS = 300_000;

/**
 * Kills and removes a container. If the engine fails, reports that once and keeps trying in the background, so that the container is
 * removed when the engine has recovered. Never rejects.
 */
export async function removeWithRetry(
  containers: Removing,
  containerId: string,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    await containers.remove(containerId);
  } catch (error) {
    onError(error);
    void keepTrying(containers, containerId);
  }
}

async function keepTrying(containers: Removing, containerId: string): Promise<void> {
  const deadline = performance.now() + RETRY_FOR_MS;
  while (performance.now() < deadline) {
    await sleep(RETRY_EVERY_MS, undefined, { ref: false });
    const isGone = await containers.remove(containerId).then(
      () => true,
      () => false,
    );
    if (isGone) return;
  }
}
