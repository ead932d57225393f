import { existsSync, readFileSync } from 'node:fs';
import type { PrebuildConfig } from '../config/config.ts';
import type { Limits } from '../core/limits.ts';
import type { Engine } from '../engines/docker/api/engine.ts';
import { ImageBuilder } from '../engines/docker/image-builder.ts';
import { PrebuildImages } from '../engines/docker/prebuild-images.ts';
import type { SharedNames } from '../engines/docker/shared-names.ts';
import type { PrebuildFigures } from '../observability/gauges.ts';
import { type BuildObserver, Builds } from '../prebuilds/builds.ts';
import { Catalog } from '../prebuilds/catalog.ts';
import { Prebuilds, type PrebuildsOptions } from '../prebuilds/prebuilds.ts';
import type { RuntimeRegistry } from '../runtimes/registry.ts';
import type { SandboxFactory } from '../sandbox/ports.ts';

/** Builds that may wait for others. */
const MAX_QUEUE = 32;

interface Surroundings extends Pick<PrebuildsOptions, 'onTrouble' | 'onCleanUp'> {
  readonly engine: Engine;
  readonly factory: SandboxFactory;
  readonly runtimes: RuntimeRegistry;
  readonly instanceId: string;
  readonly names: SharedNames;
  readonly ociRuntime: string | undefined;
  readonly sandboxLimits: Limits;
  readonly observer: BuildObserver;
  readonly onImageChange: (reference: string) => void;
}

/** Wires the prebuilds, and tells what the metrics ask of them. */
export function createPrebuilds(
  config: PrebuildConfig,
  { engine, factory, runtimes, observer, onImageChange, onTrouble, onCleanUp, ...identity }: Surroundings,
): { prebuilds: Prebuilds; figures: () => PrebuildFigures } {
  const builder = new ImageBuilder({
    engine,
    factory,
    ...identity,
    hasNetwork: config.hasNetwork,
    setupNetwork: { proxies: config.proxies, certificates: readCertificates(config.certificates) },
    limits: config.limits,
    onTrouble: (error) => onTrouble('build trouble', error),
  });
  const store = new PrebuildImages(engine, identity.names);
  const catalog = new Catalog({ store, runtimes, onImageChange });
  const builds = new Builds({ builder, maxConcurrent: config.maxConcurrentBuilds, maxQueue: MAX_QUEUE, observer });
  const prebuilds = new Prebuilds({ ...config, store, catalog, builds, runtimes, onTrouble, onCleanUp });
  return { prebuilds, figures: () => ({ ...catalog.figures, building: builds.running, waiting: builds.queued }) };
}

/** As Node itself takes its extra certificates: a file that is not there is none. */
function readCertificates(file: string | undefined): Buffer {
  return file !== undefined && existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}
