import { Agent, request } from 'node:http';
import type { RunResponseBody } from '../src/http/runs/run-response-schema.ts';

/** A response of any kind, and how long it took by the client's clock. */
export interface Reply {
  readonly outsideMs: number;
  readonly httpStatus: number;
  /** `undefined` if the service returned an error. */
  readonly answer: RunResponseBody | undefined;
  /** The code of the error. */
  readonly code: string | undefined;
}

/** Sends runs over connections that stay open. */
export class Client {
  readonly #agent: Agent;
  readonly #url: URL;

  constructor(serviceUrl: string, maxSockets: number) {
    this.#url = new URL('/run', serviceUrl);
    this.#agent = new Agent({ keepAlive: true, maxSockets });
  }

  /** Sends a body to `POST /run`. Rejects if the connection breaks, or with an `AbortError`. */
  run(body: Buffer, signal?: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const beganAt = performance.now();
      const call = request(
        this.#url,
        { method: 'POST', agent: this.#agent, headers, ...(signal ? { signal } : {}) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const outsideMs = performance.now() - beganAt;
            resolve({ outsideMs, ...readReply(response.statusCode ?? 0, Buffer.concat(chunks)) });
          });
        },
      );
      call.on('error', reject).end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function readReply(httpStatus: number, bytes: Buffer): Omit<Reply, 'outsideMs'> {
  const body: unknown = JSON.parse(bytes.toString());
  if (httpStatus === 200) return { httpStatus, answer: body as RunResponseBody, code: undefined };
  return { httpStatus, answer: undefined, code: (body as { code: string }).code };
}
