import type { Config } from '../config/config.ts';
import type { RuntimeRegistry } from '../runtimes/registry.ts';

/** Ids of the runtimes that must be ready for the service to be ready: READY_RUNTIMES, else all. Throws for an unknown name. */
export function readyRuntimes({ readyRuntimes }: Config, registry: RuntimeRegistry): ReadonlySet<string> {
  const names = readyRuntimes ?? registry.all.map(({ id }) => id);
  const unknown = names.filter((name) => registry.find(name) === undefined);
  if (unknown.length > 0)
    throw new Error(`READY_RUNTIMES contains runtimes that are not served: ${unknown.join(', ')}`);
  return new Set(names.map((name) => registry.resolve(name).id));
}
