import type { Config } from '../config/config.ts';
import type { RuntimeRegistry } from '../runtimes/registry.ts';

/** Ids of the runtimes without which the service is not ready: those of READY_RUNTIMES, else all. Throws for a name that is none. */
export function readyRuntimes({ readyRuntimes }: Config, registry: RuntimeRegistry): ReadonlySet<string> {
  const names = readyRuntimes ?? registry.all.map(({ id }) => id);
  const unknown = names.filter((name) => registry.find(name) === undefined);
  if (unknown.length > 0) throw new Error(`READY_RUNTIMES names no runtime that is served: ${unknown.join(', ')}`);
  return new Set(names.map((name) => registry.resolve(name).id));
}
