import type { Duplex } from 'node:stream';
import { RunnerError } from '../../core/errors.ts';
import { BuildSession } from '../../init-protocol/build-session.ts';
import type { ContainerOptions } from './api/container-options.ts';
import type { Engine } from './api/engine.ts';
import { Demux } from './demux.ts';
import { removeWithRetry } from './removal.ts';

const READY_TIMEOUT_MS = 15_000;
/** sandbox-init leaves within milliseconds; after this long the engine is told to kill the container. */
const EXIT_PATIENCE_MS = 500;
const MAX_DIAGNOSTICS_BYTES = 4096;

export interface BuildContainerOptions {
  readonly engine: Engine;
  readonly onOutput: (bytes: Buffer) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** A container in which an image is set up. It hangs on our connection: when that ends, so does it. */
export class BuildContainer {
  readonly id: string;
  readonly session: BuildSession;
  readonly #options: BuildContainerOptions;
  readonly #socket: Duplex;
  readonly #gone: Promise<void>;
  #diagnostics = '';

  private constructor(id: string, socket: Duplex, options: BuildContainerOptions) {
    this.id = id;
    this.#socket = socket;
    this.#options = options;
    this.session = new BuildSession((bytes) => socket.writable && socket.write(bytes), options.onOutput);
    const demux = new Demux({
      stdout: (chunk) => this.session.receive(chunk),
      stderr: (chunk) => this.#diagnose(chunk),
    });
    socket.on('data', (chunk: Buffer) => this.#demultiplex(demux, chunk));
    socket.on('error', (error) => this.#diagnose(Buffer.from(`attach: ${error.message}\n`)));
    socket.once('end', () => socket.end());
    this.#gone = new Promise((resolve) => socket.once('close', resolve));
    this.#gone.then(() => this.session.end(this.#lost()));
    socket.resume();
  }

  /** Makes a container that does not run yet. */
  static async create(container: ContainerOptions, options: BuildContainerOptions): Promise<BuildContainer> {
    const id = await options.engine.containers.create(container);
    try {
      return new BuildContainer(id, await options.engine.containers.attach(id), options);
    } catch (error) {
      void removeWithRetry(options.engine.containers, id, options.onTrouble);
      throw error;
    }
  }

  async start(): Promise<void> {
    await this.#options.engine.containers.start(this.id);
    const late = setTimeout(() => this.kill(new RunnerError('internal', 'The build did not start.')), READY_TIMEOUT_MS);
    await this.session.ready.finally(() => clearTimeout(late));
  }

  /** Ends everything inside at once; what waits for an answer fails with the reason. */
  kill(reason: unknown): void {
    this.session.exit();
    this.session.end(reason);
    void this.remove();
  }

  /** Resolves when the container is gone. Never rejects. */
  async remove(): Promise<void> {
    this.session.exit();
    this.#socket.end();
    const timer = new AbortController();
    await Promise.race([this.#gone, waited(EXIT_PATIENCE_MS, timer.signal)]);
    timer.abort();
    // Also when it has left: the engine answers when nothing of it is there any more.
    await removeWithRetry(this.#options.engine.containers, this.id, this.#options.onTrouble);
    this.#socket.destroy();
  }

  #lost(): RunnerError {
    return new RunnerError('internal', 'The build container was lost.', { cause: this.#diagnostics || undefined });
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

function waited(milliseconds: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    over.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
