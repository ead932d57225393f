import type { Duplex } from 'node:stream';
import { unexpected } from './answers.ts';
import { DEADLINES_MS, type Deadlines, type EngineCall } from './deadlines.ts';
import { asRunnerError, EngineTimeout } from './engine-errors.ts';
import { EngineHttp, type EngineRequest } from './engine-http.ts';
import type { HttpResponse } from './http-response.ts';
import { withLivenessCheck } from './liveness.ts';

/** The HTTP request of an engine call. */
export interface ClientRequest extends Pick<EngineRequest, 'method' | 'path' | 'body'> {
  readonly call: EngineCall;
}

type Bounds = Required<Pick<EngineRequest, 'timeoutMs' | 'signal'>>;

/**
 * Calls the engine. Every call has its own deadline, and is aborted earlier if the engine stops answering pings. Rejects with
 * `RunnerError`: `engine_unavailable`, or `internal` if the engine refuses the request.
 */
export class EngineClient {
  readonly #http: EngineHttp;
  readonly #deadlines: Deadlines;

  constructor(socketPath: string, deadlines: Deadlines = DEADLINES_MS) {
    this.#http = new EngineHttp(socketPath);
    this.#deadlines = deadlines;
  }

  /** Resolves when the engine answers in time. */
  async ping(): Promise<void> {
    try {
      await this.#http.request({ method: 'GET', path: '/_ping', timeoutMs: this.#deadlines.ping });
    } catch (error) {
      throw asRunnerError(error, 'ping');
    }
  }

  request({ call, ...request }: ClientRequest): Promise<HttpResponse> {
    return this.#perform(call, (bounds) => this.#http.request({ ...request, ...bounds }));
  }

  /** Returns the parsed JSON of the response. */
  async json(request: ClientRequest): Promise<unknown> {
    const { content } = await this.request(request);
    try {
      return JSON.parse(content.toString());
    } catch {
      throw unexpected(`the answer to ${request.method} ${request.path} is not JSON`);
    }
  }

  /** Upgrades a connection. From then on it carries a container's streams. */
  upgrade(call: EngineCall, path: string): Promise<Duplex> {
    return this.#perform(call, (bounds) => this.#http.upgrade({ path, ...bounds }));
  }

  /** Performs a call. If it fails, its request is aborted, so that nothing of it keeps running. */
  async #perform<T>(call: EngineCall, begin: (bounds: Bounds) => Promise<T>): Promise<T> {
    const aborted = new AbortController();
    const beganAt = performance.now();
    const requireAlive = () =>
      this.ping().catch((error) => {
        throw new EngineTimeout(performance.now() - beganAt, { cause: error });
      });
    try {
      const answer = begin({ timeoutMs: this.#deadlines[call], signal: aborted.signal });
      return await withLivenessCheck(answer, requireAlive);
    } catch (error) {
      aborted.abort(error);
      throw asRunnerError(error, call);
    }
  }
}

/** Appends a query to a path and escapes its values. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`;
}
