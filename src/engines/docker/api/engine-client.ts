import type { Duplex } from 'node:stream';
import { unexpected } from './answers.ts';
import { DEADLINES_MS, type Deadlines, type EngineCall } from './deadlines.ts';
import { asRunnerError, EngineSilence } from './engine-errors.ts';
import { EngineHttp, type EngineRequest } from './engine-http.ts';
import type { HttpResponse } from './http-response.ts';
import { withLivenessCheck } from './liveness.ts';

/** A call to the engine, and how it is made. */
export interface ClientRequest extends Pick<EngineRequest, 'method' | 'path' | 'body'> {
  readonly call: EngineCall;
}

type Bounds = Required<Pick<EngineRequest, 'timeoutMs' | 'signal'>>;

/**
 * Calls the engine. Every call has a deadline of its own, and is given up sooner when the engine stops answering pings. Rejects with
 * `RunnerError`: `engine_unavailable`, or `internal` for what the engine refuses.
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

  /** The JSON in the engine's answer. */
  async json(request: ClientRequest): Promise<unknown> {
    const { content } = await this.request(request);
    try {
      return JSON.parse(content.toString());
    } catch {
      throw unexpected(`the answer to ${request.method} ${request.path} is not JSON`);
    }
  }

  /** A connection that the engine hands over: from then on it carries a container's streams. */
  upgrade(call: EngineCall, path: string): Promise<Duplex> {
    return this.#perform(call, (bounds) => this.#http.upgrade({ path, ...bounds }));
  }

  /** A call that is given up is ended: nothing of it is left to wait for. */
  async #perform<T>(call: EngineCall, begin: (bounds: Bounds) => Promise<T>): Promise<T> {
    const givenUp = new AbortController();
    const beganAt = performance.now();
    const requireLife = () =>
      this.ping().catch((error) => {
        throw new EngineSilence(performance.now() - beganAt, { cause: error });
      });
    try {
      const answer = begin({ timeoutMs: this.#deadlines[call], signal: givenUp.signal });
      return await withLivenessCheck(answer, requireLife);
    } catch (error) {
      givenUp.abort(error);
      throw asRunnerError(error, call);
    }
  }
}

/** A path with its query. Values are escaped. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`;
}
