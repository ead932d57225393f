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

/** What every part stands on. Nothing in it begins by itself. */
export function createFoundation(config: Config) {
  return {
    config,
    /** On the label of everything that this process makes in the engine. */
    instanceId: randomUUID(),
    logger: createLogger(config.logLevel),
    metrics: new Metrics(),
    runtimes: loadRuntimes(config.runtimeDir, config.runtimes),
    engine: new Engine(config.dockerSocket, deadlines(config.sandboxStartTimeoutMs)),
    /** Of what this service shares in the engine. */
    names: sharedNames(config.engineNamespace),
    imageIds: new ImageIds(),
  };
}
