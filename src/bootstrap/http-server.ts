import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { boundConnections } from './connections.ts';

/** Longer than the keep-alive time of clients, so that the service never closes a connection just as a client sends a request. */
const KEEP_ALIVE_MS = 75_000;
/** Time for the headers of a request to arrive. */
const HEADERS_MS = 15_000;
/** Time for a whole request to arrive. The largest body takes this long at 4 Mbit/s. */
const REQUEST_MS = 75_000;
const CHECK_EVERY_MS = 5000;
/** No run is in progress when the server closes, so the remaining responses are short. */
const LAST_ANSWERS_MS = 1000;

export interface HttpServerOptions {
  readonly fetch: Parameters<typeof serve>[0]['fetch'];
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** Time for the headers and for the whole request to arrive. Default: 15 s and 75 s. */
  readonly timeouts?: { readonly headersMs: number; readonly requestMs: number };
}

/** An HTTP server. It closes connections that stay idle or send a request too slowly. */
export class HttpServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Resolves when the server listens; rejects if it cannot. */
  static async start({ fetch, host, port, maxConnections, timeouts }: HttpServerOptions): Promise<HttpServer> {
    const { headersMs, requestMs } = timeouts ?? { headersMs: HEADERS_MS, requestMs: REQUEST_MS };
    const serverOptions = {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(headersMs, CHECK_EVERY_MS),
    };
    // The edge reads refused bodies itself. The adapter would reset the connection after 500 ms, and the client would lose the answer.
    const autoCleanupIncoming = false;
    const server = serve({ fetch, hostname: host, port, createServer, serverOptions, autoCleanupIncoming }) as Server;
    boundConnections(server, maxConnections);
    await once(server, 'listening');
    return new HttpServer(server);
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  /** Resolves when every request in progress has been answered. Idle connections are closed at once, all others after one second. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), LAST_ANSWERS_MS);
    await closed;
    clearTimeout(late);
  }
}
