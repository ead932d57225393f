import type { Duplex } from 'node:stream';
import { unexpected } from './answers.ts';
import { asRunnerError, engineUnavailable } from './engine-errors.ts';
import { EngineHttp, type EngineRequest } from './engine-http.ts';
import type { HttpResponse } from './http-response.ts';
import { withLivenessCheck } from './liveness.ts';

const PING_TIMEOUT_MS = 1000;

/**
 * Calls the engine. Every call has a deadline of its own, and is given up sooner when the engine stops to answer pings. Rejects with
 * `RunnerError`: `engine_unavailable`, or `internal` for what the engine refuses.
 */
export class EngineClient {
  readonly #http: EngineHttp;

  constructor(socketPath: string) {
    this.#http = new EngineHttp(socketPath);
  }

  /** Resolves when the engine answers in time. */
  async ping(): Promise<void> {
    try {
      await this.#http.request({ method: 'GET', path: '/_ping', timeoutMs: PING_TIMEOUT_MS });
    } catch (error) {
      throw engineUnavailable(error);
    }
  }

  request(request: EngineRequest): Promise<HttpResponse> {
    return this.#whileAlive((signal) => this.#http.request({ ...request, signal }));
  }

  /** The JSON in the engine's answer. */
  async json(request: EngineRequest): Promise<unknown> {
    const { content } = await this.request(request);
    try {
      return JSON.parse(content.toString());
    } catch {
      throw unexpected(`the answer to ${request.method} ${request.path} is not JSON`);
    }
  }

  /** A connection that the engine hands over: from then on it carries a container's streams. */
  upgrade(path: string, timeoutMs: number): Promise<Duplex> {
    return this.#whileAlive((signal) => this.#http.upgrade({ path, timeoutMs, signal }));
  }

  /** A call that is given up is ended: nothing of it is left to wait for. */
  async #whileAlive<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const givenUp = new AbortController();
    try {
      return await withLivenessCheck(call(givenUp.signal), () => this.ping());
    } catch (error) {
      givenUp.abort(error);
      throw asRunnerError(error);
    }
  }
}

/** A path with its query. Values are escaped. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`;
}
