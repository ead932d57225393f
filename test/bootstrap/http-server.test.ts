import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { HttpServer, type HttpServerOptions } from '../../src/bootstrap/http-server.ts';
import { eventually } from '../eventually.ts';

const HEAD = 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n';
const WHOLE = `${HEAD}\r\nbody`;

interface Client {
  open(): Promise<Socket>;
  /** Sends text over a new connection and returns everything that comes back until it closes. */
  exchange(text: string): Promise<string>;
}

const echo: HttpServerOptions['fetch'] = async (request) => new Response(await request.text());

async function withServer(options: Partial<HttpServerOptions>, work: (client: Client) => Promise<void>): Promise<void> {
  const server = await HttpServer.start({ fetch: echo, host: '127.0.0.1', port: 0, maxConnections: 100, ...options });
  const sockets: Socket[] = [];
  const open = async () => {
    const socket = connect(server.address.port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const exchange = async (text: string) => {
    const socket = await open();
    socket.write(text);
    return received(socket);
  };
  try {
    await work({ open, exchange });
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.close();
  }
}

async function received(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, 'close');
  return text;
}

/** Resolves with the first bytes of a response on a connection that stays open. */
async function answered(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

describe('a connection without a complete request is closed', { timeout: 10_000 }, () => {
  const timeouts = { headersMs: 200, requestMs: 400 };
  const halves = { nothing: '', 'half a head': HEAD, 'half a body': `${HEAD}\r\nbo` };
  for (const [what, text] of Object.entries(halves)) {
    test(what, () =>
      withServer({ timeouts }, async ({ exchange }) => assert.match(await exchange(text), /^(HTTP\/1.1 408 |$)/)),
    );
  }

  test('a request that takes long to answer is answered', () =>
    withServer(
      {
        timeouts,
        fetch: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1000));
          return new Response('late');
        },
      },
      async ({ exchange }) =>
        assert.match(
          await exchange(WHOLE.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')),
          /200 OK(.|\r\n)*late$/,
        ),
    ));
});

describe('too many connections', { timeout: 10_000 }, () => {
  test('connections without a request are closed first, so that new clients can connect', () =>
    withServer({ maxConnections: 10 }, async ({ open }) => {
      const kept = await open();
      assert.match(await answered(kept, WHOLE), /^HTTP\/1.1 200/);
      const halfOpen: Socket[] = [];
      for (let n = 0; n < 100; n += 1) halfOpen.push((await open()).resume());
      for (const socket of halfOpen.slice(0, 90)) if (!socket.destroyed) await once(socket, 'close');
      assert.equal(halfOpen.filter((socket) => !socket.destroyed).length, 10);
      assert.match(await answered(await open(), WHOLE), /^HTTP\/1.1 200/);
    }));

  test('a connection with a request in progress is never closed; if all have one, the newest connection is closed', () => {
    const waiting: (() => void)[] = [];
    const fetch: HttpServerOptions['fetch'] = async (request) => {
      await request.text();
      await new Promise<void>((resolve) => waiting.push(resolve));
      return new Response('done');
    };
    return withServer({ maxConnections: 3, fetch }, async ({ open, exchange }) => {
      const answers = [await open(), await open(), await open()].map((socket) => answered(socket, WHOLE));
      await eventually(() => assert.equal(waiting.length, 3));
      assert.equal(await exchange(WHOLE), '');
      for (const answer of waiting) answer();
      for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1.1 200/);
    });
  });
});

test('a port that is in use is reported', () =>
  withServer({}, async ({ open }) => {
    const { remotePort: port = 0 } = await open();
    const second = HttpServer.start({ fetch: echo, host: '127.0.0.1', port, maxConnections: 1 });
    await assert.rejects(second, { code: 'EADDRINUSE' });
  }));
