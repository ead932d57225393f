import type { CollectRequest, Command, WritableRoot } from '../../core/command.ts';
import { RunnerError } from '../../core/errors.ts';
import type { Isolation } from '../../core/isolation.ts';
import { haveSameLimits, type SandboxLimits } from '../../core/limits.ts';
import type { SourceFile } from '../../core/request.ts';
import type { Collected, Execution } from '../../core/result.ts';
import type { Session } from '../../init-protocol/session.ts';
import type { Sandbox } from '../../sandbox/ports.ts';
import type { AheadStart } from './ahead-start.ts';
import type { CellLife } from './cell-life.ts';
import { cellResources, ownLimits } from './container-config.ts';
import type { InitContainer } from './init-container.ts';

export interface ContainerSandboxOptions {
  readonly id: string;
  readonly imageId: string;
  readonly container: InitContainer;
  /** The limits that the container was created with. */
  readonly created: SandboxLimits;
  /** Whether it has a fork server, which takes processes of its own. */
  readonly hasForkServer: boolean;
  /** The limits that it has now; left out: the same. */
  readonly limits?: SandboxLimits;
  /** How long the container may serve one run after the other; `undefined`: it serves one. */
  readonly life: CellLife | undefined;
  /** What is started while the sandbox waits; `undefined`: nothing. */
  readonly ahead: AheadStart | undefined;
  /** Called with errors that no caller waits for. */
  readonly onError: (error: unknown) => void;
}

/** A sandbox that is a container of its own, or the cell whose turn it is in a container. */
export class ContainerSandbox implements Sandbox {
  readonly id: string;
  readonly imageId: string;
  readonly isolation: Isolation;
  readonly gone: Promise<void>;
  readonly #options: ContainerSandboxOptions;
  /** Of this cell alone: what still holds this sandbox cannot reach the next one. */
  readonly #session: Session;
  #limits: SandboxLimits;
  #isUsed = false;
  #wasOutOfMemory = false;

  constructor(options: ContainerSandboxOptions) {
    const { id, imageId, container, created, limits = created, life, ahead } = options;
    this.id = id;
    this.imageId = imageId;
    this.isolation = life ? 'cell' : 'container';
    this.gone = container.gone;
    this.#options = options;
    this.#limits = limits;
    this.#session = container.session;
    ahead?.waits(this.#session);
  }

  get limits(): SandboxLimits {
    return this.#limits;
  }

  async setLimits(limits: SandboxLimits): Promise<boolean> {
    try {
      await this.#change(limits);
      this.#limits = limits;
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  stage(files: readonly SourceFile[], root?: WritableRoot): void {
    this.#use().stage(files, root);
  }

  snapshot(paths: readonly string[]): void {
    this.#use().snapshot(paths);
  }

  reset(): Promise<void> {
    return this.#use().reset();
  }

  async execute(command: Command): Promise<Execution> {
    this.#options.ahead?.learn(command);
    const execution = await this.#use().execute(command);
    if (execution.fate.status === 'out_of_memory') this.#wasOutOfMemory = true;
    return execution;
  }

  collect(request: CollectRequest): Promise<Collected> {
    return this.#use().collect(request);
  }

  async next(): Promise<Sandbox | undefined> {
    const { container, life, onError } = this.#options;
    const isSpent = this.#wasOutOfMemory || !this.#session.isIdle;
    if (!life?.allowsAnother || isSpent) {
      await this.destroy();
      return undefined;
    }
    try {
      await container.nextCell();
      life.begin();
      return new ContainerSandbox({ ...this.#options, limits: this.#limits });
    } catch (error) {
      onError(error);
      await container.remove();
      return undefined;
    }
  }

  destroy(): Promise<void> {
    this.#options.ahead?.stopWaiting();
    return this.#options.container.end();
  }

  /** Memory, CPU and processes belong to the container; the rest a cell sets itself when it is used. */
  async #change(limits: SandboxLimits): Promise<void> {
    const { container, hasForkServer, life } = this.#options;
    if (!life || limits.network !== this.#limits.network)
      throw new RunnerError('internal', 'These limits cannot be changed.');
    const withDisk = { ...limits, diskBytes: this.#limits.diskBytes };
    if (haveSameLimits(withDisk, this.#limits)) return;
    await container.update(cellResources(limits, hasForkServer));
    // Where the new limit is below what the container uses, the kernel refuses it (cgroup version 1) or kills a process (version 2).
    if (limits.memoryBytes < this.#limits.memoryBytes) await container.requireRunning();
  }

  #use(): Session {
    if (!this.#isUsed) this.#begin();
    return this.#session;
  }

  #begin(): void {
    const { ahead, created, life } = this.#options;
    this.#isUsed = true;
    ahead?.stopWaiting();
    const own = ownLimits(this.#limits, created);
    if (life && Object.keys(own).length > 0) this.#session.limit(own);
  }
}
