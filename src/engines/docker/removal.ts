import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './api/engine.ts';

const RETRY_EVERY_MS = 1000;
/** After this long the reaper is left to find the container. */
const PERSISTENCE_MS = 300_000;

/**
 * Kills and removes a container. When the engine fails, tells once and goes on trying in the background, so that what was
 * left behind by an engine's bad moment is gone when it is back. Never rejects.
 */
export async function removeWithRetry(
  engine: Engine,
  containerId: string,
  onTrouble: (error: unknown) => void,
): Promise<void> {
  try {
    await engine.removeContainer(containerId);
  } catch (error) {
    onTrouble(error);
    void keepTrying(engine, containerId);
  }
}

async function keepTrying(engine: Engine, containerId: string): Promise<void> {
  const deadline = performance.now() + PERSISTENCE_MS;
  while (performance.now() < deadline) {
    await sleep(RETRY_EVERY_MS, undefined, { ref: false });
    const isGone = await engine.removeContainer(containerId).then(
      () => true,
      () => false,
    );
    if (isGone) return;
  }
}
