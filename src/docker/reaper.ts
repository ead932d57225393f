import type { Engine } from './engine.ts';
import { LABELS } from './labels.ts';

/** Kills and removes every container of one service process. Resolves with how many there were. */
export async function reapInstance(engine: Engine, instanceId: string): Promise<number> {
  const containers = await engine.listContainers(`${LABELS.instance}=${instanceId}`);
  await Promise.all(containers.map(({ id }) => engine.removeContainer(id)));
  return containers.length;
}
