import { existsSync, readFileSync } from 'node:fs';
import { defaultLimits } from '../core/limits.ts';
import { ImageBuilder } from '../engines/docker/image-builder.ts';
import { createBuildObserver } from '../observability/build-observer.ts';
import { Builds } from '../prebuilds/builds.ts';
import { Catalog } from '../prebuilds/catalog.ts';
import { Prebuilds } from '../prebuilds/prebuilds.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './parts.ts';
import type { createSandboxes } from './sandboxes.ts';

type Sandboxes = ReturnType<typeof createSandboxes>;

/** Maximum number of builds that wait. */
const MAX_QUEUE = 32;

/** Prebuilds and their metrics; `undefined` if prebuilds are off. */
export function createPrebuilds(foundation: Foundation, { factory, pool }: Pick<Sandboxes, 'factory' | 'pool'>) {
  const { config, engine, imageIds, logger, metrics, names, runtimes, instanceId } = foundation;
  if (!config.prebuilds) return undefined;
  const { prebuildImages: store, imageScans: scans } = foundation;
  const { hasNetwork, proxies, certificates, limits, maxConcurrentBuilds } = config.prebuilds;
  const onError = (what: string, error: unknown) => logger.warn({ err: error }, what);
  const builder = new ImageBuilder({
    engine,
    factory,
    instanceId,
    names,
    ociRuntime: config.ociRuntime,
    sandboxLimits: defaultLimits(config.limits),
    hasNetwork,
    setupNetwork: { proxies, certificates: readCertificates(certificates) },
    limits,
    onError: (error) => onError('build error', error),
  });
  const catalog = new Catalog({ store, scans, runtimes, onImageChange: (reference) => pool.invalidate(reference) });
  imageIds.add((reference) => catalog.imageId(reference));
  const observer = createBuildObserver(logger, metrics);
  const builds = new Builds({ builder, maxConcurrent: maxConcurrentBuilds, maxQueue: MAX_QUEUE, observer });
  const onCleanUp = (removed: readonly string[]) => logger.info({ removed }, 'prebuilds cleaned up');
  const prebuilds = new Prebuilds({ ...config.prebuilds, store, catalog, builds, runtimes, onError, onCleanUp });
  const part: Part = {
    name: 'prebuilds',
    start: () => {
      void prebuilds.watch();
    },
    stop: () => prebuilds.close(),
  };
  const figures = () => ({ ...catalog.figures, building: builds.running, waiting: builds.queued });
  return { prebuilds, figures, part };
}

/** Ignores a missing file, as Node does for NODE_EXTRA_CA_CERTS. */
function readCertificates(file: string | undefined): Buffer {
  return file !== undefined && existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}
