import type { Duplex } from 'node:stream';
import { Deferred } from '../../core/deferred.ts';
import { Demux } from './demux.ts';

/** sandbox-init's own diagnostics are for the log; only the first are kept. */
const MAX_DIAGNOSTICS_BYTES = 4096;

/** Takes bytes from sandbox-init. While a returned promise is pending, no more are read. */
export type Receiver = (bytes: Buffer) => void | Promise<void>;

/** The attached streams of a container whose first process is sandbox-init, with back-pressure both ways. */
export class InitConnection {
  /** Resolves when the streams are closed, by either side. */
  readonly gone: Promise<void>;
  readonly #socket: Duplex;
  readonly #hungUp = new Deferred();
  #receive: Receiver = () => undefined;
  #diagnostics = '';

  constructor(socket: Duplex) {
    this.#socket = socket;
    const demux = new Demux({
      stdout: (chunk) => this.#deliver(chunk),
      stderr: (chunk) => this.#diagnose(chunk.toString()),
    });
    socket.on('data', (chunk: Buffer) => this.#take(demux, chunk));
    socket.on('error', (error) => this.#diagnose(`attach: ${error.message}\n`));
    this.gone = new Promise((resolve) => socket.once('close', resolve));
  }

  /** The beginning of what sandbox-init has written to its standard error. */
  get diagnostics(): string {
    return this.#diagnostics;
  }

  /** Passes bytes from sandbox-init to this receiver from now on. Sessions may use the connection one after the other. */
  listen(receive: Receiver): void {
    this.#receive = receive;
    this.#socket.resume();
  }

  /** Sends buffers to sandbox-init, in one write. Returns a promise if the engine does not keep up; it resolves when they have been taken. */
  send(buffers: readonly Buffer[]): void | Promise<void> {
    if (!this.#socket.writable || this.#write(buffers)) return;
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }

  /** Ends the input of sandbox-init, which makes it exit. Drops what still comes, and no longer waits for the receiver. */
  hangUp(): void {
    this.#receive = () => undefined;
    this.#hungUp.resolve();
    this.#socket.resume().end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Whether more may be written at once. */
  #write(buffers: readonly Buffer[]): boolean {
    this.#socket.cork();
    for (const buffer of buffers) this.#socket.write(buffer);
    this.#socket.uncork();
    return !this.#socket.writableNeedDrain;
  }

  #deliver(chunk: Buffer): void | Promise<void> {
    const waiting = this.#receive(chunk);
    if (waiting) return Promise.race([waiting, this.#hungUp.promise]);
  }

  #take(demux: Demux, chunk: Buffer): void {
    try {
      const waiting = demux.push(chunk);
      if (waiting) this.#pauseUntil(waiting);
    } catch (error) {
      this.#fail(error);
    }
  }

  #pauseUntil(waiting: Promise<void>): void {
    this.#socket.pause();
    waiting.then(
      () => this.#socket.resume(),
      (error) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
  }

  #diagnose(text: string): void {
    this.#diagnostics += text.slice(0, MAX_DIAGNOSTICS_BYTES - this.#diagnostics.length);
  }
}
