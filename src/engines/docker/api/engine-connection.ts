import { connect, type Socket } from 'node:net';
import { EngineSilence } from './engine-errors.ts';
import { type HttpResponse, HttpResponseReader } from './http-response.ts';

/** The engine closed a connection before it said a word on it. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export interface Exchange {
  /** The request, in parts. */
  readonly bytes: readonly (string | Buffer)[];
  /** Whether the answer may have content: it has none to a HEAD request. */
  readonly hasContent: boolean;
  readonly timeoutMs: number;
  /** Gives the request up, and closes the connection. */
  readonly signal: AbortSignal | undefined;
}

interface Pending {
  resolve(response: HttpResponse): void;
  reject(error: Error): void;
}

/** One connection to the engine, for one request after the other. */
export class EngineConnection {
  readonly #socket: Socket;
  #reader = new HttpResponseReader();
  #pending: Pending | undefined;
  #isClosed = false;

  constructor(socketPath: string) {
    this.#socket = connect({ path: socketPath })
      .on('data', (chunk) => this.#take(chunk))
      .on('error', (error) =>
        this.#fail(this.#reader.isEmpty ? new Unanswered(error.message, { cause: error }) : error),
      )
      .on('close', () => this.#finish());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a request and resolves with its answer. Rejects with `Unanswered` when nothing came before the connection closed. */
  async exchange({ bytes, hasContent, timeoutMs, signal }: Exchange): Promise<HttpResponse> {
    signal?.throwIfAborted();
    const giveUp = () => this.#fail(signal?.reason);
    signal?.addEventListener('abort', giveUp);
    this.#socket.ref();
    const timer = setTimeout(() => this.#fail(new EngineSilence(timeoutMs)), timeoutMs);
    try {
      return await new Promise<HttpResponse>((resolve, reject) => {
        this.#reader = new HttpResponseReader({ hasContent });
        this.#pending = { resolve, reject };
        for (const part of bytes) this.#socket.write(part);
      });
    } finally {
      this.#pending = undefined;
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      // A connection that waits for its next request keeps no process alive.
      this.#socket.unref();
    }
  }

  /** Gives away the socket, paused: what comes on it from now on is not HTTP any more. */
  release(): Socket {
    for (const event of ['data', 'error', 'close']) this.#socket.removeAllListeners(event);
    return this.#socket.pause().ref();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    try {
      if (!this.#pending) throw new Error('the engine said something that nobody asked for');
      const response = this.#reader.push(chunk);
      if (response) this.#pending.resolve(response);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #finish(): void {
    this.#isClosed = true;
    const response = this.#reader.end();
    if (response) this.#pending?.resolve(response);
    else this.#fail(this.#reader.isEmpty ? new Unanswered('closed') : new Error('the engine broke off its answer'));
  }

  #fail(error: Error): void {
    this.#pending?.reject(error);
    this.close();
  }
}
