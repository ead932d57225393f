import { mkdtempSync, rmSync } from 'node:fs';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DOCKER_SOCKET } from './service.ts';

/** `calls`: the engine never gets them. `answers`: the engine carries out the calls, but its responses are lost. */
export type Swallowed = 'calls' | 'answers';

interface Swallowing {
  /** Matches a method and a path, such as `POST /containers/<id>/start`. */
  readonly calls: RegExp;
  readonly what: Swallowed;
}

interface Rewriting {
  /** Matches a method and a path. */
  readonly calls: RegExp;
  readonly rewrite: (body: string) => string;
}

/** A way to the real engine on which some calls get no answer, as from an engine that hangs in one place, or arrive changed. */
export class EngineProxy {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'code-runner-proxy-'));
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #swallowing: Swallowing | undefined;
  #rewriting: Rewriting | undefined;
  #swallowed = 0;

  private constructor() {
    this.path = join(this.#folder, 'docker.sock');
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing))
      .on('upgrade', (incoming, socket) => this.#handOver(incoming, socket))
      .on('connection', (socket) => this.#track(socket));
  }

  static async open(): Promise<EngineProxy> {
    const proxy = new EngineProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.path, resolve));
    return proxy;
  }

  /** How many calls have been swallowed since `swallow`. */
  get swallowed(): number {
    return this.#swallowed;
  }

  swallow(calls: RegExp, what: Swallowed = 'calls'): void {
    this.#swallowing = { calls, what };
    this.#swallowed = 0;
  }

  /** Changes the bodies of calls. */
  rewrite(calls: RegExp, rewrite: (body: string) => string): void {
    this.#rewriting = { calls, rewrite };
  }

  /** New calls are answered again and arrive as they are; those that were swallowed stay so. */
  restore(): void {
    this.#swallowing = undefined;
    this.#rewriting = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const swallowed = this.#note(incoming);
    if (swallowed === 'calls') return;
    const rewriting = this.#rewriting?.calls.test(`${incoming.method} ${incoming.url}`) ? this.#rewriting : undefined;
    const call = this.#call(incoming).on('response', (answer) => {
      if (swallowed === 'answers') return void answer.resume();
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    call.on('error', () => outgoing.destroy());
    if (rewriting) void sendRewritten(incoming, call, rewriting);
    else incoming.pipe(call);
  }

  #handOver(incoming: IncomingMessage, client: Duplex): void {
    const swallowed = this.#note(incoming);
    if (swallowed === 'calls') return;
    const call = this.#call(incoming).on('upgrade', (answer, engine, first) => {
      this.#track(engine);
      if (swallowed === 'answers') return;
      client.write(`HTTP/1.1 101 UPGRADED\r\n${headerLines(answer)}\r\n\r\n`);
      client.write(first);
      client.pipe(engine).pipe(client);
      engine.on('close', () => client.destroy());
      client.on('close', () => engine.destroy());
    });
    call.on('error', () => client.destroy()).end();
  }

  #note({ method, url }: IncomingMessage): Swallowed | undefined {
    if (!this.#swallowing?.calls.test(`${method} ${url}`)) return undefined;
    this.#swallowed += 1;
    return this.#swallowing.what;
  }

  #call({ method, url, headers }: IncomingMessage) {
    return request({ socketPath: DOCKER_SOCKET, method, path: url, headers, agent: false });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

async function sendRewritten(incoming: IncomingMessage, call: ClientRequest, { rewrite }: Rewriting): Promise<void> {
  const body = rewrite(await text(incoming));
  call.removeHeader('transfer-encoding');
  call.setHeader('content-length', Buffer.byteLength(body));
  call.end(body);
}

function headerLines({ rawHeaders }: IncomingMessage): string {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return names.map((name, index) => `${name}: ${rawHeaders[2 * index + 1]}`).join('\r\n');
}
