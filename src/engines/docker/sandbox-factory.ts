import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { AheadCommand, SandboxSpec } from '../../core/command.ts';
import { RunnerError } from '../../core/errors.ts';
import type { Sandbox, SandboxFactory } from '../../sandbox/ports.ts';
import { AheadStart } from './ahead-start.ts';
import type { Engine } from './api/engine.ts';
import { CellLife, type CellOptions } from './cell-life.ts';
import { CellSupport, describeProblem, probeCell } from './cell-support.ts';
import { type SandboxIdentity, sandboxContainer } from './container-config.ts';
import { ContainerSandbox, type ContainerSandboxOptions } from './container-sandbox.ts';
import { InitContainer } from './init-container.ts';
import { LABELS } from './labels.ts';
import { SandboxUids } from './sandbox-uid.ts';
import type { SharedNames } from './shared-names.ts';

/** The service and the engine run on the same machine, so they have the same kernel. */
const KERNEL_HAS_IPV6 = existsSync('/proc/sys/net/ipv6');

export interface SandboxFactoryOptions {
  readonly engine: Engine;
  /** Id of this service process. Everything it creates is labelled with it. */
  readonly instanceId: string;
  readonly names: SharedNames;
  readonly ociRuntime: string | undefined;
  readonly cells: CellOptions;
  /** What to start in sandboxes of an image while they wait for a run; left out: nothing. */
  readonly ahead?: (image: string) => AheadCommand | undefined;
  /** What to fork into each cell of an image instead; left out: nothing. */
  readonly forkServer?: (image: string) => AheadCommand | undefined;
  /** The id of a named image, if it is known. The sandbox is created from that image even if the name has been moved since. */
  readonly imageId?: (image: string) => string | undefined;
  /** Called with errors that no caller waits for. */
  readonly onError: (sandboxId: string, error: unknown) => void;
}

/** Creates sandboxes that are containers of one Docker engine, or cells in them. */
export class ContainerSandboxFactory implements SandboxFactory {
  /** Of images, by id where it is known. */
  readonly cells = new CellSupport();
  readonly #options: SandboxFactoryOptions;
  readonly #uids = new SandboxUids();

  constructor(options: SandboxFactoryOptions) {
    this.#options = options;
  }

  /** Where cells are asked for and the image cannot be run in them, the sandbox is a container. */
  async create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const image = this.#options.imageId?.(spec.image) ?? spec.image;
    if (spec.isolation === 'container' || this.cells.isRefused(image)) return this.#inContainer(spec, signal);
    if (this.cells.isProven(image)) return new ContainerSandbox(await this.#start(spec, signal));
    try {
      const sandbox = await this.#inProvenCell(spec, signal);
      this.cells.note(image);
      return sandbox;
    } catch (error) {
      signal.throwIfAborted();
      // If this fails as well, the cells are not to blame.
      const sandbox = await this.#inContainer(spec, signal);
      const problem = describeProblem(error);
      this.cells.note(image, problem);
      this.#options.cells.onRefused(spec.image, problem);
      return sandbox;
    }
  }

  /** Creates a container and removes it without starting it, to check that the engine can. */
  async dryRunCreate(spec: SandboxSpec): Promise<void> {
    const { containers } = this.#options.engine;
    const uid = this.#uids.take();
    try {
      await containers.remove(await containers.create(sandboxContainer(spec, this.#identity(randomUUID(), uid))));
    } finally {
      this.#uids.giveBack(uid);
    }
  }

  async #inContainer(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    return new ContainerSandbox(await this.#start({ ...spec, isolation: 'container' }, signal));
  }

  /** The second cell of a container, after a probe in the first. */
  async #inProvenCell(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const started = await this.#start(spec, signal);
    try {
      await probeCell(started.container.session);
      await started.container.nextCell();
    } catch (error) {
      void started.container.remove();
      throw error;
    }
    started.life?.begin();
    return new ContainerSandbox(started);
  }

  async #start(spec: SandboxSpec, signal: AbortSignal): Promise<ContainerSandboxOptions> {
    const id = randomUUID();
    const uid = this.#uids.take();
    const onError = (error: unknown) => this.#options.onError(id, error);
    try {
      const forkServer = spec.isolation === 'cell' ? this.#options.forkServer?.(spec.image) : undefined;
      const { containerId, imageId } = await this.#createContainer(spec, this.#identity(id, uid, forkServer), signal);
      const container = await this.#startContainer(containerId, { onError, signal });
      void container.gone.then(() => this.#uids.giveBack(uid));
      const life = spec.isolation === 'cell' ? new CellLife(this.#options.cells) : undefined;
      const command = forkServer ? undefined : this.#options.ahead?.(spec.image);
      const ahead = command && new AheadStart(command);
      const hasForkServer = forkServer !== undefined;
      return { id, imageId, container, created: spec.limits, hasForkServer, life, ahead, onError };
    } catch (error) {
      this.#uids.giveBack(uid);
      throw error;
    }
  }

  async #startContainer(containerId: string, { onError, signal }: StartOptions): Promise<InitContainer> {
    const { containers } = this.#options.engine;
    const container = await InitContainer.attach(containerId, { containers, onError });
    try {
      await container.start(signal);
      return container;
    } catch (error) {
      void container.remove();
      throw error;
    }
  }

  /** Creates it from the image's id. The engine is asked for the id if it is unknown or if its image has been removed since. */
  async #createContainer(spec: SandboxSpec, identity: SandboxIdentity, signal: AbortSignal): Promise<Origin> {
    const { engine, names } = this.#options;
    if (spec.limits.network)
      await engine.networks.ensure(names.egressNetwork, { [LABELS.network]: names.egressNetwork });
    signal.throwIfAborted();
    const create = async (imageId: string) => {
      const container = sandboxContainer({ ...spec, image: imageId }, identity);
      return { containerId: await engine.containers.create(container), imageId };
    };
    const ask = async () => (await engine.images.inspect(spec.image)).id;
    const known = this.#options.imageId?.(spec.image);
    if (known === undefined) return create(await ask());
    try {
      return await create(known);
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== 'runtime_not_ready') throw error;
      return create(await ask());
    }
  }

  #identity(id: string, uid: number, forkServer?: AheadCommand): SandboxIdentity {
    const { instanceId, names, ociRuntime, cells } = this.#options;
    return {
      uid,
      name: `code-runner-${id}`,
      labels: { [LABELS.sandbox]: id, [LABELS.instance]: instanceId, [LABELS.namespace]: names.namespace },
      ociRuntime,
      network: names.egressNetwork,
      ipv6: KERNEL_HAS_IPV6,
      maxCells: cells.maxCells,
      forkServer,
    };
  }
}

interface StartOptions {
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** A container and the id of its image. */
interface Origin {
  readonly containerId: string;
  readonly imageId: string;
}
