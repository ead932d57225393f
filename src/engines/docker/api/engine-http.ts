import type { Duplex } from 'node:stream';
import { EngineConnection, type Exchange, Unanswered } from './engine-connection.ts';
import { EngineRefusal } from './engine-errors.ts';
import type { HttpResponse } from './http-response.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** A tar archive, or a value to send as JSON. */
  readonly body?: unknown;
  /** Time limit for the whole response. */
  readonly timeoutMs: number;
  /** Aborts the request and closes its connection. */
  readonly signal?: AbortSignal;
}

/**
 * An HTTP client for the engine's socket with persistent connections. `bench/engine-clients.ts` compares it with libraries; the
 * results are in `bench/README.md`.
 */
export class EngineHttp {
  readonly #socketPath: string;
  readonly #idle: EngineConnection[] = [];

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Sends a request. Rejects with `EngineRefusal` for an error status, or with another error if there is no response. */
  async request(request: EngineRequest): Promise<HttpResponse> {
    const { connection, response } = await this.#ask(exchangeOf(request));
    if (response.isReusable) this.#idle.push(connection);
    else connection.close();
    requireSuccess(response);
    return response;
  }

  /** Upgrades a connection. From then on it carries a container's streams. */
  async upgrade(request: Pick<EngineRequest, 'path' | 'timeoutMs' | 'signal'>): Promise<Duplex> {
    const { connection, response } = await this.#ask(exchangeOf({ ...request, method: 'POST' }, UPGRADE));
    if (response.status !== 101) {
      connection.close();
      requireSuccess(response);
      throw new Error('the engine did not upgrade the connection');
    }
    const socket = connection.release();
    if (response.rest.length > 0) socket.unshift(response.rest);
    return socket;
  }

  /** Closes the idle connections. */
  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  /** If the engine has closed an idle connection, tries again on another one. */
  async #ask(exchange: Exchange): Promise<Answer> {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      if (kept.isClosed) continue;
      const answer = await ask(kept, exchange).catch(undefinedIfUnanswered);
      if (answer) return answer;
    }
    return ask(new EngineConnection(this.#socketPath), exchange);
  }
}

const UPGRADE = ['Connection: Upgrade', 'Upgrade: tcp'];

interface Answer {
  readonly connection: EngineConnection;
  readonly response: HttpResponse;
}

async function ask(connection: EngineConnection, exchange: Exchange): Promise<Answer> {
  return { connection, response: await connection.exchange(exchange) };
}

function undefinedIfUnanswered(error: unknown): undefined {
  if (!(error instanceof Unanswered)) throw error;
  return undefined;
}

function exchangeOf(request: EngineRequest, headers: readonly string[] = []): Exchange {
  const { method, path, body, timeoutMs, signal } = request;
  const content = Buffer.isBuffer(body) ? body : body === undefined ? '' : JSON.stringify(body);
  const type = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: engine',
    ...headers,
    ...(content.length === 0 ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${Buffer.byteLength(content)}`,
  ];
  const head = `${lines.join('\r\n')}\r\n\r\n`;
  const bytes = typeof content === 'string' ? [head + content] : [head, content];
  return { bytes, hasContent: method !== 'HEAD', timeoutMs, signal };
}

function requireSuccess(response: HttpResponse): void {
  if (response.status < 200 || response.status > 299) throw new EngineRefusal(response);
}
