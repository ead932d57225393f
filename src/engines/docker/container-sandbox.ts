import type { CollectRequest, Command, WritableRoot } from '../../core/command.ts';
import type { Isolation } from '../../core/isolation.ts';
import type { SourceFile } from '../../core/request.ts';
import type { Collected, Execution } from '../../core/result.ts';
import type { Session } from '../../init-protocol/session.ts';
import type { Sandbox } from '../../sandbox/ports.ts';
import type { AheadStart } from './ahead-start.ts';
import type { CellLife } from './cell-life.ts';
import type { InitContainer } from './init-container.ts';

export interface ContainerSandboxOptions {
  readonly id: string;
  readonly imageId: string;
  readonly container: InitContainer;
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
  #wasOutOfMemory = false;

  constructor(options: ContainerSandboxOptions) {
    const { id, imageId, container, life, ahead } = options;
    this.id = id;
    this.imageId = imageId;
    this.isolation = life ? 'cell' : 'container';
    this.gone = container.gone;
    this.#options = options;
    this.#session = container.session;
    ahead?.waits(this.#session);
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
      return new ContainerSandbox(this.#options);
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

  #use(): Session {
    this.#options.ahead?.stopWaiting();
    return this.#session;
  }
}
