import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputListener } from '../../core/command.ts';
import { RunnerError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Fate } from '../../core/result.ts';
import {
  BuildFailure,
  type BuildOrder,
  type BuildWatch,
  MAX_LOG_BYTES,
  type PrebuildBuilder,
} from '../../prebuilds/ports.ts';
import { planSetup, type Setup, type SetupNetwork } from '../../prebuilds/setup.ts';
import type { Manifest } from '../../runtimes/manifest.ts';
import type { SandboxFactory } from '../../sandbox/ports.ts';
import type { Engine } from './api/engine.ts';
import type { ImageConfig } from './api/images.ts';
import { requireUsable, restorePoint } from './base-files.ts';
import { type BuildLimits, buildContainer } from './container-config.ts';
import { DiskProbe } from './disk-probe.ts';
import { InitContainer } from './init-container.ts';
import { LABELS } from './labels.ts';
import type { SharedNames } from './shared-names.ts';

const LOOK_EVERY_MS = 1000;
/** sandbox-init kills at the limit; this much later the container is killed. */
const SLACK_MS = 5000;
const STILL_WITHIN_MS = 10_000;
const STILL_EVERY_MS = 50;
const LEAST_FREE_INODES = 0.05;
const NO_INPUT = new Uint8Array();

export interface ImageBuilderOptions {
  readonly engine: Engine;
  /** Makes the sandboxes in which the disk is watched and the new image tried. */
  readonly factory: SandboxFactory;
  readonly instanceId: string;
  readonly names: SharedNames;
  readonly ociRuntime: string | undefined;
  readonly hasNetwork: boolean;
  readonly setupNetwork: SetupNetwork;
  readonly limits: BuildLimits & {
    readonly timeoutMs: number;
    /** What an image may add to its base. */
    readonly maxBytes: number;
    /** What must stay free on the engine's disk. */
    readonly reserveBytes: number;
  };
  /** Of the sandbox in which a new image is tried. */
  readonly sandboxLimits: Limits;
  readonly onTrouble: (error: unknown) => void;
}

/** What ends a build early, and when it has to be over. */
interface Bounds {
  readonly signal: AbortSignal;
  readonly giveUp: (reason: unknown) => void;
  readonly deadlineMs: number;
}

/** Makes images of prebuilds: sets one up in a container on its base, restores what is ours, commits it, and tries it. */
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
      await this.#requireRoom(probe);
      const imageId = await this.#makeImage(order, { base, watch, probe });
      await this.#try(imageId, watch.signal);
      return imageId;
    } finally {
      await probe.end();
    }
  }

  async #requireRoom(probe: DiskProbe): Promise<void> {
    const { reserveBytes, maxBytes } = this.#options.limits;
    const { freeBytes, freeInodes } = await probe.look();
    if (freeBytes >= reserveBytes + maxBytes && freeInodes >= LEAST_FREE_INODES) return;
    throw new RunnerError('over_capacity', "There is not enough room on the engine's disk for a build.", {
      retryAfterMs: 60_000,
    });
  }

  async #makeImage(
    order: BuildOrder,
    { base, watch, probe }: { base: { id: string; config: ImageConfig }; watch: BuildWatch; probe: DiskProbe },
  ): Promise<string> {
    const container = await this.#createContainer(base.id);
    const over = new AbortController();
    const stop = new AbortController();
    const giveUp = (reason: unknown) => {
      stop.abort(reason);
      void container.end(reason);
    };
    const leave = () => giveUp(watch.signal.reason);
    watch.signal.addEventListener('abort', leave, { once: true });
    if (watch.signal.aborted) leave();
    const bounds: Bounds = {
      signal: stop.signal,
      giveUp,
      deadlineMs: performance.now() + this.#options.limits.timeoutMs,
    };
    try {
      const restore = await restorePoint(this.#options.engine.files, container.id);
      await container.start(bounds.signal);
      watch.onBegin();
      void this.#watchSize(container.id, bounds, over.signal);
      void this.#watchDisk(probe, bounds, over.signal);
      await this.#setUp(container, order, { bounds, onOutput: boundedLog(watch.onLog, giveUp) });
      over.abort();
      bounds.signal.throwIfAborted();
      await restore();
      await requireUsable(this.#options.engine.files, container.id, programsOf(order.base.manifest));
      return await this.#commit(container.id, order, base);
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      over.abort();
      watch.signal.removeEventListener('abort', leave);
      await container.remove();
    }
  }

  async #createContainer(image: string): Promise<InitContainer> {
    const { engine, hasNetwork, limits, instanceId, names, ociRuntime, onTrouble } = this.#options;
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
    return InitContainer.attach(await containers.create(options), { containers, onTrouble });
  }

  /** Carries out the setup, and leaves no process behind. */
  async #setUp(
    { session, id }: InitContainer,
    { spec, base }: BuildOrder,
    { bounds, onOutput }: { bounds: Bounds; onOutput: OutputListener },
  ): Promise<void> {
    const setup: Setup = planSetup(spec, base.manifest, this.#options.setupNetwork);
    const late = setTimeout(() => bounds.giveUp(this.#tooLong()), this.#options.limits.timeoutMs + SLACK_MS);
    try {
      session.stage(setup.files);
      for (const argv of setup.commands) {
        const wallMs = bounds.deadlineMs - performance.now();
        if (wallMs <= 0) throw this.#tooLong();
        const { fate } = await session.stream({
          argv,
          environment: setup.environment,
          stdin: NO_INPUT,
          onOutput,
          wallMs,
          cpuMs: undefined,
          outputBytes: MAX_LOG_BYTES,
          outputKillBytes: MAX_LOG_BYTES,
          maxFileBytes: this.#options.limits.maxBytes,
        });
        this.#requireSuccess(fate);
      }
      await this.#requireStillness(id);
      await this.#requireSize(id);
    } finally {
      clearTimeout(late);
    }
  }

  /** sandbox-init kills what a command leaves, but does not wait for it: nothing may change the image while it is restored. */
  async #requireStillness(containerId: string): Promise<void> {
    const deadline = performance.now() + STILL_WITHIN_MS;
    while ((await this.#options.engine.containers.countProcesses(containerId)) !== 1) {
      if (performance.now() > deadline) throw new BuildFailure('a process of it did not end when it was killed.');
      await sleep(STILL_EVERY_MS);
    }
  }

  #requireSuccess(fate: Fate): void {
    switch (fate.status) {
      case 'completed':
        if (fate.exitCode === 0) return;
        throw new BuildFailure('');
      case 'signaled':
        throw new BuildFailure(`it was killed by signal ${fate.signal}.`);
      case 'timed_out':
        throw this.#tooLong();
      case 'out_of_memory':
        throw new BuildFailure('it ran out of memory (PREBUILD_MEMORY).');
      case 'output_limit_exceeded':
        throw printedTooMuch();
    }
  }

  #tooLong(): BuildFailure {
    return new BuildFailure(`it took longer than ${this.#options.limits.timeoutMs / 1000} s (PREBUILD_TIMEOUT).`);
  }

  async #requireSize(containerId: string): Promise<number> {
    const { maxBytes } = this.#options.limits;
    const bytes = await this.#options.engine.containers.size(containerId);
    if (bytes === undefined) throw new BuildFailure('the size of what it made cannot be told.');
    if (bytes > maxBytes) throw new BuildFailure(`it made more than ${maxBytes / 1024 ** 2} MB (PREBUILD_MAX_MB).`);
    return bytes;
  }

  /** A container's size is not limited by the engine on most file systems. */
  async #watchSize(containerId: string, bounds: Bounds, over: AbortSignal): Promise<void> {
    await untilOver(over, () => this.#requireSize(containerId), bounds.giveUp);
  }

  async #watchDisk(probe: DiskProbe, bounds: Bounds, over: AbortSignal): Promise<void> {
    const look = async () => {
      const { freeBytes, freeInodes } = await probe.look();
      if (freeBytes >= this.#options.limits.reserveBytes && freeInodes >= LEAST_FREE_INODES) return;
      throw new BuildFailure("the engine's disk is nearly full (PREBUILD_RESERVE_MB).");
    };
    await untilOver(over, look, bounds.giveUp);
  }

  /** Everything about the image but its files is the base's; nothing that ran inside has a say in it. */
  async #commit(containerId: string, order: BuildOrder, base: { id: string; config: ImageConfig }): Promise<string> {
    const layerBytes = await this.#requireSize(containerId);
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
      const detail = 'The engine could not store the prebuild. Its disk may be full; the log has its words.';
      throw new RunnerError('internal', detail, { cause: error });
    }
  }

  /** Makes a sandbox of the image: whatever the setup did, it must still be one. */
  async #try(imageId: string, signal: AbortSignal): Promise<void> {
    try {
      const sandbox = await this.#options.factory.create(
        { image: imageId, limits: this.#options.sandboxLimits },
        signal,
      );
      await sandbox.destroy();
    } catch (error) {
      await this.#options.engine.images.removeUnused(imageId).catch(this.#options.onTrouble);
      if (signal.aborted || (error instanceof RunnerError && error.code === 'engine_unavailable')) throw error;
      this.#options.onTrouble(error);
      throw new BuildFailure('no sandbox can be made of what it left.');
    }
  }
}

/** All commands of a build, and both streams of each, write into one log. */
function boundedLog(onLog: BuildWatch['onLog'], giveUp: Bounds['giveUp']): OutputListener {
  let bytes = 0;
  return (_stream, piece) => {
    bytes += piece.length;
    if (bytes <= MAX_LOG_BYTES) onLog(piece);
    else giveUp(printedTooMuch());
  };
}

function printedTooMuch(): BuildFailure {
  return new BuildFailure(`it printed too much: more than ${MAX_LOG_BYTES / 1024 ** 2} MB.`);
}

/** What runs begin with, as far as it is part of the image. */
function programsOf({ compile, run }: Manifest): string[] {
  const programs = [compile?.[0], run[0]].filter((path) => path !== undefined);
  return programs.filter((path) => !/^\/(tmp|workspace)\//.test(path));
}

/** Looks again and again; the first look that fails gives the build up. */
async function untilOver(
  over: AbortSignal,
  look: () => Promise<unknown>,
  giveUp: (reason: unknown) => void,
): Promise<void> {
  while (!over.aborted) {
    try {
      await look();
      await sleep(LOOK_EVERY_MS, undefined, { signal: over });
    } catch (error) {
      if (!over.aborted) giveUp(error);
      return;
    }
  }
}
