import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { boundConnections } from './connections.ts';

/** Longer than a client's own, so that it is never we who close a connection under a request. */
const KEEP_ALIVE_MS = 75_000;
/** A client that has something to ask begins at once. */
const HEADERS_MS = 15_000;
/** The largest body arrives within this time at 4 Mbit/s. */
const REQUEST_MS = 75_000;
const CHECK_EVERY_MS = 5000;
/** No run is under way any more when the server closes, so what is left to answer is short. */
const LAST_ANSWERS_MS = 1000;

export interface HttpServerOptions {
  readonly fetch: Parameters<typeof serve>[0]['fetch'];
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** How long the headers of a request may take, and all of it. Left out: 15 s and 75 s. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
}

/** Serves until it is closed. Connections on which nobody asks anything are closed after a while. */
export class HttpServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Resolves when it listens; rejects where it cannot. */
  static async start({ fetch, host, port, maxConnections, patience }: HttpServerOptions): Promise<HttpServer> {
    const { headersMs, requestMs } = patience ?? { headersMs: HEADERS_MS, requestMs: REQUEST_MS };
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

  /** Resolves when every request under way is answered. Idle connections are closed at once, those that never asked a little later. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), LAST_ANSWERS_MS);
    await closed;
    clearTimeout(late);
  }
}
