import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { deadlines } from '../engines/docker/api/deadlines.ts';
import { Engine } from '../engines/docker/api/engine.ts';
import { PrebuildImages } from '../engines/docker/prebuild-images.ts';
import { sharedNames } from '../engines/docker/shared-names.ts';
import { createLogger } from '../observability/logger.ts';
import { Metrics } from '../observability/metrics.ts';
import { loadRuntimes } from '../runtimes/registry.ts';
import { ImageIds } from '../sandbox/image-ids.ts';
import { ImageScans } from '../sandbox/image-scans.ts';

export type Foundation = ReturnType<typeof createFoundation>;

/** Objects that every part uses. None of them does anything on its own. */
export function createFoundation(config: Config) {
  const engine = new Engine(config.dockerSocket, deadlines(config.sandboxStartTimeoutMs));
  const names = sharedNames(config.engineNamespace);
  const prebuildImages = new PrebuildImages(engine, names);
  return {
    config,
    /** Label value of everything that this process creates on the engine. */
    instanceId: randomUUID(),
    logger: createLogger(config.logLevel),
    metrics: new Metrics(),
    runtimes: loadRuntimes(config.runtimeDir, config.runtimes),
    engine,
    /** Names of what this service shares with others on the engine. */
    names,
    imageIds: new ImageIds(),
    prebuildImages,
    /** Readiness asks every second, for its own images and for the catalog of prebuilds. */
    imageScans: new ImageScans(() => prebuildImages.scan()),
  };
}
