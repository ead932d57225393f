import { connect, type Socket } from 'node:net';
import { EngineTimeout } from './engine-errors.ts';
import { type HttpResponse, HttpResponseReader } from './http-response.ts';

/** The engine closed a connection before it sent any response. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export interface Exchange {
  /** The request, in parts. */
  readonly bytes: readonly (string | Buffer)[];
  /** Whether the response may have content. The response to a HEAD request has none. */
  readonly hasContent: boolean;
  readonly timeoutMs: number;
  /** Aborts the request and closes the connection. */
  readonly signal: AbortSignal | undefined;
}

interface Pending {
  resolve(response: HttpResponse): void;
  reject(error: Error): void;
}

/** A connection to the engine, for one request at a time. */
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

  /** Sends a request and resolves with its response. Rejects with `Unanswered` if the connection closes before any response. */
  async exchange({ bytes, hasContent, timeoutMs, signal }: Exchange): Promise<HttpResponse> {
    signal?.throwIfAborted();
    const abort = () => this.#fail(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.#socket.ref();
    const timer = setTimeout(() => this.#fail(new EngineTimeout(timeoutMs)), timeoutMs);
    try {
      return await new Promise<HttpResponse>((resolve, reject) => {
        this.#reader = new HttpResponseReader({ hasContent });
        this.#pending = { resolve, reject };
        for (const part of bytes) this.#socket.write(part);
      });
    } finally {
      this.#pending = undefined;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      // An idle connection must not keep the process alive.
      this.#socket.unref();
    }
  }

  /** Returns the paused socket after an upgrade. From now on it does not carry HTTP any more. */
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
      if (!this.#pending) throw new Error('the engine sent data without a request');
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
    else
      this.#fail(
        this.#reader.isEmpty
          ? new Unanswered('closed')
          : new Error('the engine closed the connection during its response'),
      );
  }

  #fail(error: Error): void {
    this.#pending?.reject(error);
    this.close();
  }
}
