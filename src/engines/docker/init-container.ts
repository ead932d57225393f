import { setTimeout as sleep } from 'node:timers/promises';
import { raceAbort } from '../../core/abort.ts';
import { RunnerError } from '../../core/errors.ts';
import { Session } from '../../init-protocol/session.ts';
import type { ContainerResources } from './api/container-options.ts';
import type { Containers } from './api/containers.ts';
import { InitConnection } from './init-connection.ts';
import { removeWithRetry } from './removal.ts';

/** sandbox-init is ready within milliseconds after the start. This allows for an overloaded machine. */
const READY_TIMEOUT_MS = 15_000;
/** A cell is made before it is needed and takes over within milliseconds. This allows for an overloaded machine. */
const NEXT_CELL_TIMEOUT_MS = 5000;
/** sandbox-init exits within milliseconds. After this long, the engine kills the container. */
const EXIT_TIMEOUT_MS = 500;

export interface InitContainerOptions {
  readonly containers: Containers;
  /** Called with errors that no caller waits for. */
  readonly onError: (error: unknown) => void;
}

/** A container whose first process is sandbox-init, and the session with it. It lives as long as the connection. */
export class InitContainer {
  readonly id: string;
  readonly #connection: InitConnection;
  readonly #options: InitContainerOptions;
  #session: Session;
  #ended: Promise<void> | undefined;
  #wasCut = false;

  private constructor(id: string, connection: InitConnection, options: InitContainerOptions) {
    this.id = id;
    this.#connection = connection;
    this.#options = options;
    this.#session = this.#newSession();
    void connection.gone.then(() => this.#onConnectionLost());
  }

  /** Attaches to a container that is not running yet. Removes it if that fails. */
  static async attach(id: string, options: InitContainerOptions): Promise<InitContainer> {
    try {
      return new InitContainer(id, new InitConnection(await options.containers.attach(id)), options);
    } catch (error) {
      void removeWithRetry(options.containers, id, options.onError);
      throw error;
    }
  }

  get session(): Session {
    return this.#session;
  }

  /** Resolves when the container can no longer be used, for whatever reason. */
  get gone(): Promise<void> {
    return this.#connection.gone;
  }

  /** Starts the container and waits until sandbox-init is ready, unless `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#options.containers.start(this.id);
    await this.#untilReady(READY_TIMEOUT_MS, signal);
  }

  /** Changes the limits of the container while it waits for a run. If this rejects, it may have any. */
  update(resources: ContainerResources): Promise<void> {
    return this.#options.containers.update(this.id, resources);
  }

  async requireRunning(): Promise<void> {
    const isRunning = await this.#options.containers.isRunning(this.id);
    if (!isRunning) throw new RunnerError('internal', 'The container has ended.');
  }

  /** Ends the cell of the session, which must be idle, and begins a session with the next one. Rejects where there is none. */
  async nextCell(): Promise<Session> {
    const last = this.#session;
    this.#session = this.#newSession();
    await last.leave();
    await this.#untilReady(NEXT_CELL_TIMEOUT_MS);
    return this.#session;
  }

  /** Kills everything in the container. Commands that wait for an answer fail with the reason. Never rejects. */
  end(reason: unknown = new RunnerError('internal', 'The sandbox was ended.')): Promise<void> {
    this.#ended ??= this.#exit(reason);
    return this.#ended;
  }

  /** Does the same, and resolves when the engine has removed the container. Never rejects. */
  async remove(): Promise<void> {
    await this.end();
    await this.#kill();
  }

  /** The `exit` frame and the end of input each make sandbox-init kill everything. Killing the container is the second wall. */
  async #exit(reason: unknown): Promise<void> {
    this.session.exit();
    this.session.end(reason);
    this.#connection.hangUp();
    if (this.#wasCut || !(await this.#exitsInTime())) await this.#kill();
    const { diagnostics } = this.#connection;
    if (diagnostics !== '') this.#options.onError(new Error(diagnostics));
  }

  #newSession(): Session {
    const session = new Session((buffers) => this.#connection.send(buffers));
    this.#connection.listen((bytes) => session.receive(bytes));
    return session;
  }

  async #untilReady(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const session = this.#session;
    const giveUp = () => session.end(new RunnerError('internal', 'The sandbox did not start.'));
    // Not `AbortSignal.timeout`, which cannot be cleared and costs an error for each cell when its time comes.
    const timer = setTimeout(giveUp, timeoutMs);
    try {
      await (signal ? raceAbort(session.ready, signal) : session.ready);
    } finally {
      clearTimeout(timer);
    }
  }

  async #exitsInTime(): Promise<boolean> {
    const left = new AbortController();
    const late = sleep(EXIT_TIMEOUT_MS, false, { signal: left.signal }).catch(() => false);
    const inTime = await Promise.race([this.gone.then(() => true), late]);
    left.abort();
    return inTime;
  }

  /** The streams were closed. If we did not close them, the engine has died or sandbox-init was killed, for example for lack of memory. */
  async #onConnectionLost(): Promise<void> {
    if (this.#ended) return;
    this.#wasCut = true;
    const lost = new RunnerError('internal', 'The sandbox was lost before its program ended.', {
      cause: this.#connection.diagnostics || undefined,
    });
    try {
      if (await this.#options.containers.wasOutOfMemory(this.id)) this.session.abandon({ status: 'out_of_memory' });
      this.session.end(lost);
    } catch (error) {
      this.session.end(error instanceof RunnerError ? error : lost);
    }
  }

  async #kill(): Promise<void> {
    await removeWithRetry(this.#options.containers, this.id, this.#options.onError);
    this.#connection.destroy();
  }
}
