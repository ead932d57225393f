import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { EngineRefusal } from '../../../../src/engines/docker/api/engine-errors.ts';
import { EngineHttp, type EngineRequest } from '../../../../src/engines/docker/api/engine-http.ts';

/** Sends a request and parses the JSON in the response. */
async function ask(
  http: EngineHttp,
  method: EngineRequest['method'],
  path: string,
  options: Partial<EngineRequest> = {},
) {
  const { content } = await http.request({ method, path, timeoutMs: 5000, ...options });
  return content.length === 0 ? undefined : JSON.parse(content.toString());
}

/** A test server on a socket, and the client that talks to it. */
async function withServer(
  server: Server,
  work: (http: EngineHttp, socketPath: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-http-'));
  const socketPath = join(folder, 'docker.sock');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const http = new EngineHttp(socketPath);
  try {
    await work(http, socketPath);
  } finally {
    http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  }
}

/** Responds with the request, and counts connections. */
function echo() {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const json = JSON.stringify({
      method: request.method,
      url: request.url,
      body,
      type: request.headers['content-type'],
    });
    response.writeHead(200, { 'content-length': Buffer.byteLength(json) }).end(json);
  });
  const seen = { connections: 0 };
  server.on('connection', () => {
    seen.connections += 1;
  });
  return { server, seen };
}

test('sequential calls share a connection; concurrent calls have their own', async () => {
  const { server, seen } = echo();
  await withServer(server, async (http) => {
    for (let call = 0; call < 5; call += 1) {
      assert.deepEqual(await ask(http, 'POST', `/x?n=${call}`, { body: { text: 'für' } }), {
        method: 'POST',
        url: `/x?n=${call}`,
        body: '{"text":"für"}',
        type: 'application/json',
      });
    }
    assert.equal(seen.connections, 1);
    const answers = await Promise.all([1, 2, 3].map((n) => ask(http, 'GET', `/${n}`)));
    assert.deepEqual(
      answers.map((answer) => (answer as { url: string }).url),
      ['/1', '/2', '/3'],
    );
    assert.equal(seen.connections, 3);
  });
});

test('if a kept connection was closed meanwhile, no call fails', async () => {
  const { server, seen } = echo();
  await withServer(server, async (http) => {
    await Promise.all([1, 2, 3].map((n) => ask(http, 'GET', `/${n}`)));
    server.closeAllConnections();
    await ask(http, 'GET', '/at-once');
    assert.equal(seen.connections, 4);
    await Promise.all([1, 2].map((n) => ask(http, 'GET', `/${n}`)));
    assert.equal(seen.connections, 5);
    server.closeAllConnections();
    // The other end notices it after the pending events have been handled.
    for (let turn = 0; turn < 3; turn += 1) await tick();
    await ask(http, 'GET', '/later');
    assert.equal(seen.connections, 6);
  });
});

test('a refusal has its status and message, and the connection stays usable', async () => {
  let answered = 0;
  const server = createServer((_, response) => {
    answered += 1;
    response.writeHead(answered === 1 ? 409 : 204).end(answered === 1 ? '{"message":"conflict"}' : undefined);
  });
  await withServer(server, async (http) => {
    await assert.rejects(ask(http, 'DELETE', '/x'), (error) => {
      assert.ok(error instanceof EngineRefusal);
      assert.deepEqual([error.statusCode, error.message], [409, 'HTTP 409: {"message":"conflict"}']);
      return true;
    });
    assert.equal(await ask(http, 'DELETE', '/x'), undefined);
  });
});

test('a response that is late or incomplete, or a request that cannot be sent', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-length': 100 }).write('half');
    if (request.url === '/half') setTimeout(() => response.destroy(), 20);
  });
  await withServer(server, async (http) => {
    await assert.rejects(ask(http, 'GET', '/silence', { timeoutMs: 50 }), /no answer within 0.1 s/);
    await assert.rejects(http.upgrade({ path: '/silence', timeoutMs: 50 }), /no answer within 0.1 s/);
    await assert.rejects(ask(http, 'GET', '/half'), /closed the connection during/);
  });
  await assert.rejects(ask(new EngineHttp('/nowhere/docker.sock'), 'GET', '/'), /ENOENT/);
});

test('an upgraded connection carries bytes both ways, including the first ones', async () => {
  const server = createServer();
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst,');
    socket.on('data', (chunk: Buffer) => socket.end(`then ${chunk}`));
  });
  await withServer(server, async (http) => {
    const socket = await http.upgrade({ path: '/containers/x/attach', timeoutMs: 1000 });
    socket.write('hello');
    let text = '';
    for await (const chunk of socket) text += chunk;
    assert.equal(text, 'first,then hello');
  });
});

test('an archive is sent and received byte for byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    assert.equal(request.headers['content-type'], 'application/x-tar');
    response.end(Buffer.concat(chunks));
  });
  await withServer(server, async (http) => {
    const { content } = await http.request({ method: 'PUT', path: '/x', body: bytes, timeoutMs: 5000 });
    assert.deepEqual(content, bytes);
  });
});
