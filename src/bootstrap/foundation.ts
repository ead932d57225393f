import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { deadlines } from '../engines/docker/api/deadlines.ts';
import { Engine } from '../engines/docker/api/engine.ts';
import { sharedNames } from '../engines/docker/shared-names.ts';
import { createLogger } from '../observability/logger.ts';
import { Metrics } from '../observability/metrics.ts';
import { loadRuntimes } from '../runtimes/registry.ts';
import { ImageIds } from '../sandbox/image-ids.ts';

export type Foundation = ReturnType<typeof createFoundation>;

/** Objects that every part uses. None of them does anything on its own. */
export function createFoundation(config: Config) {
  return {
    config,
    /** Label value of everything that this process creates on the engine. */
    instanceId: randomUUID(),
    logger: createLogger(config.logLevel),
    metrics: new Metrics(),
    runtimes: loadRuntimes(config.runtimeDir, config.runtimes),
    engine: new Engine(config.dockerSocket, deadlines(config.sandboxStartTimeoutMs)),
    /** Names of what this service shares with others on the engine. */
    names: sharedNames(config.engineNamespace),
    imageIds: new ImageIds(),
  };
}
