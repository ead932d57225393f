import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Duplex } from 'node:stream';

type Method = 'GET' | 'POST' | 'DELETE';

/** The engine answered a request with anything but success. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** What comes back: content, or the connection itself. */
type Answer = { readonly response: IncomingMessage } | { readonly connection: Duplex };

/**
 * The engine's HTTP API over its socket, on connections that are kept: for the calls that every sandbox needs. The library makes
 * a connection for each and describes each for a log that nobody reads, which is more processor time than all else that a run costs.
 */
export class EngineHttp {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** The JSON in the engine's answer, `undefined` where it has none. Rejects with `EngineRefusal`, or when it cannot be reached. */
  async call(method: Method, path: string, { body, signal }: CallOptions = {}): Promise<unknown> {
    const json = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
    const answer = await this.#ask({ method, path, headers, ...(signal ? { signal } : {}) }, json);
    if ('response' in answer) return contentOf(answer.response);
    answer.connection.destroy();
    throw new Error('the engine handed over a connection that nobody asked for');
  }

  /** A connection that the engine hands over: from then on it carries a container's streams. */
  async upgrade(path: string): Promise<Duplex> {
    const headers = { connection: 'Upgrade', upgrade: 'tcp', 'content-length': 0 };
    const answer = await this.#ask({ method: 'POST', path, headers }, '');
    if ('connection' in answer) return answer.connection;
    await contentOf(answer.response);
    throw new Error('the engine did not hand over the connection');
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  /** A kept connection that the engine closed before it saw the request says nothing about the engine: it is asked again. */
  async #ask(options: RequestOptions, body: string): Promise<Answer> {
    const call = request({ ...options, socketPath: this.#socketPath, agent: this.#agent });
    try {
      return await answerTo(call, body);
    } catch (error) {
      if (!call.reusedSocket || !isClosedConnection(error)) throw error;
      return this.#ask(options, body);
    }
  }
}

interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

function answerTo(call: ClientRequest, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    call.on('response', (response) => resolve({ response }));
    call.on('upgrade', (_, connection, head) => {
      if (head.length > 0) connection.unshift(head);
      resolve({ connection });
    });
    call.on('error', reject);
    call.end(body);
  });
}

async function contentOf(response: IncomingMessage): Promise<unknown> {
  const text = await textOf(response);
  const { statusCode = 0 } = response;
  if (statusCode < 200 || statusCode > 299) throw new EngineRefusal(statusCode, `HTTP ${statusCode}: ${text.trim()}`);
  return /^[[{]/.test(text) ? JSON.parse(text) : undefined;
}

function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve(text));
    response.on('error', reject);
  });
}

function isClosedConnection(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
