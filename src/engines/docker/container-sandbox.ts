import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { raceAbort } from '../../core/abort.ts';
import type { CollectRequest, Command, SandboxSpec, WritableRoot } from '../../core/command.ts';
import { RunnerError } from '../../core/errors.ts';
import type { SourceFile } from '../../core/request.ts';
import type { Collected, Execution } from '../../core/result.ts';
import { Session } from '../../init-protocol/session.ts';
import type { Sandbox, SandboxFactory } from '../../sandbox/ports.ts';
import type { Engine } from './api/engine.ts';
import { Demux } from './demux.ts';
import { containerOptions, type SandboxIdentity } from './host-config.ts';
import { LABELS } from './labels.ts';
import { removeWithRetry } from './removal.ts';
import { SandboxUids } from './sandbox-uid.ts';
import type { SharedNames } from './shared-names.ts';

/** A started container's sandbox-init speaks within milliseconds; this is for a machine in trouble. */
const READY_TIMEOUT_MS = 15_000;
/** Service and engine run on one machine. */
const KERNEL_HAS_IPV6 = existsSync('/proc/sys/net/ipv6');
/** sandbox-init leaves within milliseconds; after this long the engine is told to kill the container. */
const EXIT_PATIENCE_MS = 500;
/** sandbox-init's own diagnostics are for the log, and not many are worth keeping. */
const MAX_DIAGNOSTICS_BYTES = 4096;

export interface ContainerSandboxOptions {
  readonly engine: Engine;
  /** Id of this service process, on the label of everything it makes. */
  readonly instanceId: string;
  readonly names: SharedNames;
  readonly ociRuntime: string | undefined;
  /** Id of the image that a name means, where it is known. A sandbox is made from that very image, also when the name has moved on. */
  readonly imageId?: (image: string) => string | undefined;
  /** Hears what goes wrong off the caller's path. */
  readonly onTrouble: (sandboxId: string, error: unknown) => void;
}

/** Makes sandboxes that are containers of one Docker engine. */
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
    const origin = await this.#createContainer(spec, id);
    const { containerId } = origin;
    let sandbox: ContainerSandbox | undefined;
    try {
      sandbox = new ContainerSandbox(origin, await engine.containers.attach(containerId), this.#options);
      await engine.containers.start(containerId);
      await readyInTime(sandbox.ready, signal);
      return sandbox;
    } catch (error) {
      void sandbox?.destroy();
      void removeWithRetry(engine.containers, containerId, (trouble) => this.#options.onTrouble(id, trouble));
      throw error;
    }
  }

  /** Makes a container and removes it without ever starting it: whether the engine can. */
  async dryRunCreate(spec: SandboxSpec): Promise<void> {
    const { engine } = this.#options;
    await engine.containers.remove(
      await engine.containers.create(containerOptions(spec, this.#identity(randomUUID()))),
    );
  }

  /** From the image's id; by its name where none is known, or that image has been removed since it was seen. */
  async #createContainer(spec: SandboxSpec, sandboxId: string): Promise<Origin> {
    const { engine } = this.#options;
    const create = (image: string) =>
      engine.containers.create(containerOptions({ ...spec, image }, this.#identity(sandboxId)));
    const imageId = this.#options.imageId?.(spec.image);
    if (imageId === undefined) return { sandboxId, containerId: await create(spec.image), imageId };
    try {
      return { sandboxId, containerId: await create(imageId), imageId };
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== 'runtime_not_ready') throw error;
      return { sandboxId, containerId: await create(spec.image), imageId: undefined };
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

/** What a container is, and what it was made from. */
interface Origin {
  readonly sandboxId: string;
  readonly containerId: string;
  readonly imageId: string | undefined;
}

/** Waits for a sandbox's first word, not longer than the run is wanted. */
async function readyInTime(ready: Promise<void>, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.timeout(READY_TIMEOUT_MS);
  try {
    await raceAbort(ready, AbortSignal.any([signal, deadline]));
  } catch (error) {
    throw error === deadline.reason ? new RunnerError('internal', 'The sandbox did not start.') : error;
  }
}

/** A sandbox that is a container, spoken to over its attach socket. */
class ContainerSandbox implements Sandbox {
  readonly id: string;
  readonly imageId: string | undefined;
  readonly #containerId: string;
  readonly #socket: Duplex;
  readonly #options: ContainerSandboxOptions;
  readonly #session: Session;
  readonly gone: Promise<void>;
  #diagnostics = '';
  #destroyed: Promise<void> | undefined;
  #wasCut = false;

  constructor({ sandboxId, containerId, imageId }: Origin, socket: Duplex, options: ContainerSandboxOptions) {
    this.id = sandboxId;
    this.imageId = imageId;
    this.#containerId = containerId;
    this.#socket = socket;
    this.#options = options;
    this.#session = new Session((bytes) => socket.writable && socket.write(bytes));
    const demux = new Demux({
      stdout: (chunk) => this.#session.receive(chunk),
      stderr: (chunk) => this.#diagnose(chunk),
    });
    socket.on('data', (chunk: Buffer) => this.#demultiplex(demux, chunk));
    socket.on('error', (error) => this.#diagnose(Buffer.from(`attach: ${error.message}\n`)));
    this.gone = new Promise((resolve) => socket.once('close', resolve));
    this.gone.then(() => this.#onConnectionLost());
    socket.resume();
  }

  get ready(): Promise<void> {
    return this.#session.ready;
  }

  stage(files: readonly SourceFile[], root?: WritableRoot): void {
    this.#session.stage(files, root);
  }

  snapshot(paths: readonly string[]): void {
    this.#session.snapshot(paths);
  }

  reset(): Promise<void> {
    return this.#session.reset();
  }

  execute(command: Command): Promise<Execution> {
    return this.#session.execute(command);
  }

  collect(request: CollectRequest): Promise<Collected> {
    return this.#session.collect(request);
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#leave();
    return this.#destroyed;
  }

  /** Says goodbye and hangs up: either alone makes sandbox-init kill everything. The engine is the second wall. */
  async #leave(): Promise<void> {
    this.#session.exit();
    this.#session.end(new RunnerError('internal', 'The sandbox was given up.'));
    this.#socket.end();
    if (this.#wasCut || !(await this.#leavesWithin(EXIT_PATIENCE_MS))) await this.#kill();
    if (this.#diagnostics !== '') this.#options.onTrouble(this.id, new Error(this.#diagnostics));
  }

  async #leavesWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    const left = await Promise.race([this.gone.then(() => true), late]);
    clearTimeout(timer);
    return left;
  }

  /** The streams have closed. Unless that was our doing, the engine has died, or memory ran out for sandbox-init itself, or worse. */
  async #onConnectionLost(): Promise<void> {
    if (this.#destroyed) return;
    this.#wasCut = true;
    const lost = new RunnerError('internal', 'The sandbox was lost before its program ended.', {
      cause: this.#diagnostics || undefined,
    });
    try {
      if (await this.#options.engine.containers.wasOutOfMemory(this.#containerId))
        this.#session.abandon({ status: 'out_of_memory' });
      this.#session.end(lost);
    } catch (error) {
      this.#session.end(error instanceof RunnerError ? error : lost);
    }
  }

  async #kill(): Promise<void> {
    await removeWithRetry(this.#options.engine.containers, this.#containerId, (error) =>
      this.#options.onTrouble(this.id, error),
    );
    this.#socket.destroy();
  }

  #demultiplex(demux: Demux, chunk: Buffer): void {
    try {
      demux.push(chunk);
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #diagnose(chunk: Buffer): void {
    const room = MAX_DIAGNOSTICS_BYTES - this.#diagnostics.length;
    if (room > 0) this.#diagnostics += chunk.toString('utf8', 0, room);
  }
}
