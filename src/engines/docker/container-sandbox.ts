import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { CollectRequest, Command, SandboxSpec, WritableRoot } from '../../core/command.ts';
import { RunnerError } from '../../core/errors.ts';
import type { SourceFile } from '../../core/request.ts';
import type { Collected, Execution } from '../../core/result.ts';
import type { Sandbox, SandboxFactory } from '../../sandbox/ports.ts';
import type { Engine } from './api/engine.ts';
import { type SandboxIdentity, sandboxContainer } from './container-config.ts';
import { InitContainer } from './init-container.ts';
import { LABELS } from './labels.ts';
import { SandboxUids } from './sandbox-uid.ts';
import type { SharedNames } from './shared-names.ts';

/** The service and the engine run on the same machine, so they have the same kernel. */
const KERNEL_HAS_IPV6 = existsSync('/proc/sys/net/ipv6');

export interface ContainerSandboxOptions {
  readonly engine: Engine;
  /** Id of this service process. Everything it creates is labelled with it. */
  readonly instanceId: string;
  readonly names: SharedNames;
  readonly ociRuntime: string | undefined;
  /** The id of a named image, if it is known. The sandbox is created from that image even if the name has been moved since. */
  readonly imageId?: (image: string) => string | undefined;
  /** Called with errors that no caller waits for. */
  readonly onError: (sandboxId: string, error: unknown) => void;
}

/** Creates sandboxes that are containers of one Docker engine. */
export class ContainerSandboxFactory implements SandboxFactory {
  readonly #options: ContainerSandboxOptions;
  readonly #uids = new SandboxUids();

  constructor(options: ContainerSandboxOptions) {
    this.#options = options;
  }

  async create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const { engine, names } = this.#options;
    const id = randomUUID();
    if (spec.limits.network)
      await engine.networks.ensure(names.egressNetwork, { [LABELS.network]: names.egressNetwork });
    signal.throwIfAborted();
    const { containerId, imageId } = await this.#createContainer(spec, id);
    const onError = (error: unknown) => this.#options.onError(id, error);
    const container = await InitContainer.attach(containerId, { containers: engine.containers, onError });
    try {
      await container.start(signal);
    } catch (error) {
      void container.remove();
      throw error;
    }
    return new ContainerSandbox(id, imageId, container);
  }

  /** Creates a container and removes it without starting it, to check that the engine can. */
  async dryRunCreate(spec: SandboxSpec): Promise<void> {
    const { engine } = this.#options;
    await engine.containers.remove(
      await engine.containers.create(sandboxContainer(spec, this.#identity(randomUUID()))),
    );
  }

  /** Creates it from the image's id, or by name if the id is unknown or its image has been removed since. */
  async #createContainer(spec: SandboxSpec, sandboxId: string): Promise<Origin> {
    const { engine } = this.#options;
    const create = (image: string) =>
      engine.containers.create(sandboxContainer({ ...spec, image }, this.#identity(sandboxId)));
    const imageId = this.#options.imageId?.(spec.image);
    if (imageId === undefined) return { containerId: await create(spec.image), imageId };
    try {
      return { containerId: await create(imageId), imageId };
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== 'runtime_not_ready') throw error;
      return { containerId: await create(spec.image), imageId: undefined };
    }
  }

  #identity(id: string): SandboxIdentity {
    const { instanceId, names, ociRuntime } = this.#options;
    return {
      uid: this.#uids.next(),
      name: `code-runner-${id}`,
      labels: { [LABELS.sandbox]: id, [LABELS.instance]: instanceId, [LABELS.namespace]: names.namespace },
      ociRuntime,
      network: names.egressNetwork,
      ipv6: KERNEL_HAS_IPV6,
    };
  }
}

/** A container and the id of its image. */
interface Origin {
  readonly containerId: string;
  readonly imageId: string | undefined;
}

/** A sandbox that is a container. */
class ContainerSandbox implements Sandbox {
  readonly id: string;
  readonly imageId: string | undefined;
  readonly gone: Promise<void>;
  readonly #container: InitContainer;

  constructor(id: string, imageId: string | undefined, container: InitContainer) {
    this.id = id;
    this.imageId = imageId;
    this.gone = container.gone;
    this.#container = container;
  }

  stage(files: readonly SourceFile[], root?: WritableRoot): void {
    this.#container.session.stage(files, root);
  }

  snapshot(paths: readonly string[]): void {
    this.#container.session.snapshot(paths);
  }

  reset(): Promise<void> {
    return this.#container.session.reset();
  }

  execute(command: Command): Promise<Execution> {
    return this.#container.session.execute(command);
  }

  collect(request: CollectRequest): Promise<Collected> {
    return this.#container.session.collect(request);
  }

  destroy(): Promise<void> {
    return this.#container.end();
  }
}
