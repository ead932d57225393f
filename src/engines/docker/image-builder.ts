import { randomUUID } from 'node:crypto';
import { onAbort } from '../../core/abort.ts';
import type { OutputListener } from '../../core/command.ts';
import { RunnerError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import { BuildFailure, type BuildOrder, type BuildWatch, type PrebuildBuilder } from '../../prebuilds/ports.ts';
import { planSetup, type SetupNetwork } from '../../prebuilds/setup.ts';
import type { Manifest } from '../../runtimes/manifest.ts';
import type { SandboxFactory } from '../../sandbox/ports.ts';
import type { Engine } from './api/engine.ts';
import { isTimeout } from './api/engine-errors.ts';
import type { ImageConfig } from './api/images.ts';
import { requireUsable, restorePoint } from './base-files.ts';
import { type BuildBounds, BuildGuard } from './build-guard.ts';
import { type BuildLimits, buildContainer } from './container-config.ts';
import { DiskProbe } from './disk-probe.ts';
import { InitContainer } from './init-container.ts';
import { LABELS } from './labels.ts';
import { runSetup } from './run-setup.ts';
import type { SharedNames } from './shared-names.ts';

export interface ImageBuilderOptions {
  readonly engine: Engine;
  /** Creates the sandboxes in which the disk is watched and a new image is tried. */
  readonly factory: SandboxFactory;
  readonly instanceId: string;
  readonly names: SharedNames;
  readonly ociRuntime: string | undefined;
  readonly hasNetwork: boolean;
  readonly setupNetwork: SetupNetwork;
  readonly limits: BuildLimits & BuildBounds;
  /** Limits of the sandbox in which a new image is tried. */
  readonly sandboxLimits: Limits;
  readonly onError: (error: unknown) => void;
}

interface BaseImage {
  readonly id: string;
  readonly config: ImageConfig;
}

/** What a build needs besides its order. */
interface BuildSite {
  readonly base: BaseImage;
  readonly watch: BuildWatch;
  readonly probe: DiskProbe;
}

interface Commit {
  readonly order: BuildOrder;
  readonly base: BaseImage;
  readonly layerBytes: number;
}

/**
 * Builds the images of prebuilds: runs the setup in a container of the base image, restores the base files, commits the container,
 * and tries the image.
 */
export class ImageBuilder implements PrebuildBuilder {
  readonly #options: ImageBuilderOptions;

  constructor(options: ImageBuilderOptions) {
    this.#options = options;
  }

  async build(order: BuildOrder, watch: BuildWatch): Promise<string> {
    watch.signal.throwIfAborted();
    const base = await this.#options.engine.images.inspect(order.base.image);
    const probe = await DiskProbe.create(this.#options.factory, base.id, this.#options.sandboxLimits);
    try {
      await this.#requireFreeSpace(probe);
      const imageId = await this.#buildImage(order, { base, watch, probe });
      await this.#test(imageId, watch.signal);
      return imageId;
    } finally {
      await probe.end();
    }
  }

  async #requireFreeSpace(probe: DiskProbe): Promise<void> {
    const { reserveBytes, maxBytes } = this.#options.limits;
    if (await probe.hasFree(reserveBytes + maxBytes)) return;
    throw new RunnerError('over_capacity', "There is not enough free space on the engine's disk for a build.", {
      retryAfterMs: 60_000,
    });
  }

  async #buildImage(order: BuildOrder, { base, watch, probe }: BuildSite): Promise<string> {
    const { engine, limits } = this.#options;
    const container = await this.#createContainer(base.id);
    const guard = new BuildGuard(container, { containers: engine.containers, probe, bounds: limits });
    const ignoreAbort = onAbort(watch.signal, () => guard.cancel(watch.signal.reason));
    try {
      const restore = await restorePoint(engine.files, container.id);
      await container.start(guard.signal);
      watch.onBegin();
      await this.#setUp(container, order, { guard, onOutput: guard.boundedLog(watch.onLog) });
      guard.signal.throwIfAborted();
      await restore();
      await requireUsable(engine.files, container.id, programsOf(order.base.manifest));
      return await this.#commit(container.id, { order, base, layerBytes: await guard.requireSize() });
    } catch (error) {
      throw guard.signal.aborted ? guard.signal.reason : error;
    } finally {
      ignoreAbort();
      await container.remove();
    }
  }

  async #createContainer(image: string): Promise<InitContainer> {
    const { engine, hasNetwork, limits, instanceId, names, ociRuntime, onError } = this.#options;
    if (hasNetwork) await engine.networks.ensure(names.buildNetwork, { [LABELS.network]: names.buildNetwork });
    const id = randomUUID();
    const options = buildContainer(limits, {
      name: `code-runner-build-${id}`,
      image,
      labels: { [LABELS.sandbox]: id, [LABELS.instance]: instanceId, [LABELS.namespace]: names.namespace },
      ociRuntime,
      network: hasNetwork ? names.buildNetwork : undefined,
    });
    const { containers } = engine;
    return InitContainer.attach(await containers.create(options), { containers, onError });
  }

  async #setUp(
    container: InitContainer,
    { spec, base }: BuildOrder,
    { guard, onOutput }: { guard: BuildGuard; onOutput: OutputListener },
  ): Promise<void> {
    const { engine, limits, setupNetwork } = this.#options;
    const setup = planSetup(spec, base.manifest, setupNetwork);
    guard.watch();
    try {
      const { maxBytes: maxFileBytes } = limits;
      await runSetup(container, setup, { guard, containers: engine.containers, maxFileBytes, onOutput });
    } finally {
      guard.end();
    }
  }

  /** The configuration of the image is that of its base. Nothing that ran in the container can change it. */
  async #commit(containerId: string, { order, base, layerBytes }: Commit): Promise<string> {
    const labels = {
      ...base.config.Labels,
      [LABELS.instance]: this.#options.instanceId,
      [LABELS.namespace]: this.#options.names.namespace,
      [LABELS.prebuild]: order.specHash,
      [LABELS.prebuildSpec]: JSON.stringify(order.spec),
      [LABELS.prebuildBaseImage]: base.id,
      [LABELS.prebuildCreated]: new Date().toISOString(),
      [LABELS.prebuildLayerBytes]: String(layerBytes),
    };
    try {
      return await this.#options.engine.containers.commit(containerId, { ...base.config, Labels: labels });
    } catch (error) {
      if (isTimeout(error)) throw error;
      const detail = 'The engine could not store the prebuild. Its disk may be full; the log has the details.';
      throw new RunnerError('internal', detail, { cause: error });
    }
  }

  /** Checks that a sandbox can still be created from the image, whatever the setup did. */
  async #test(imageId: string, signal: AbortSignal): Promise<void> {
    try {
      const sandbox = await this.#options.factory.create(
        { image: imageId, limits: this.#options.sandboxLimits, isolation: 'container' },
        signal,
      );
      await sandbox.destroy();
    } catch (error) {
      await this.#options.engine.images.removeUnused(imageId).catch(this.#options.onError);
      if (signal.aborted || (error instanceof RunnerError && error.code === 'engine_unavailable')) throw error;
      this.#options.onError(error);
      throw new BuildFailure('no sandbox can be created from the result.');
    }
  }
}

/** The programs that runs begin with, if they are part of the image. */
function programsOf({ compile, run }: Manifest): string[] {
  const programs = [compile?.[0], run[0]].filter((path) => path !== undefined);
  return programs.filter((path) => !/^\/(tmp|workspace)\//.test(path));
}
