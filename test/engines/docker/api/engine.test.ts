import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerError } from '../../../../src/core/errors.ts';
import { Engine } from '../../../../src/engines/docker/api/engine.ts';

/** The engine's gateway against a server of ours that speaks a little of Docker's API on a socket. */
async function withServer(listener: RequestListener, work: (engine: Engine) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const socket = join(folder, 'docker.sock');
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    await work(new Engine(socket));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  }
}

function isCode(code: RunnerError['code']) {
  return (error: unknown) => error instanceof RunnerError && error.code === code;
}

function answering(status: number, body: unknown = {}): RequestListener {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

test('an engine that is not there', async () => {
  const engine = new Engine('/nowhere/docker.sock');
  await assert.rejects(engine.ping(), isCode('engine_unavailable'));
  await assert.rejects(engine.createContainer({}), isCode('engine_unavailable'));
  await assert.rejects(engine.findImage('x'), isCode('engine_unavailable'));
});

test('what the engine refuses, by its status', async () => {
  for (const [status, code] of [
    [404, 'runtime_not_ready'],
    [400, 'internal'],
    [409, 'internal'],
    [500, 'engine_unavailable'],
  ] as const) {
    await withServer(answering(status, { message: 'no' }), async (engine) => {
      await assert.rejects(engine.createContainer({}), isCode(code), String(status));
    });
  }
});

test('what is gone already needs no removal', async () => {
  for (const status of [404, 409]) await withServer(answering(status), (engine) => engine.removeContainer('x'));
  await withServer(answering(500), async (engine) => {
    await assert.rejects(engine.removeContainer('x'), isCode('engine_unavailable'));
  });
});

test('an image that is not there is undefined', async () => {
  await withServer(answering(404), async (engine) => assert.equal(await engine.findImage('x'), undefined));
  const image = { Id: 'sha256:1', Config: { Labels: null } };
  await withServer(answering(200, image), async (engine) => {
    assert.deepEqual(await engine.findImage('x'), { id: 'sha256:1', labels: {} });
  });
});

test('an engine that hangs is given up; every call, not only a ping', { timeout: 10_000 }, () =>
  withServer(
    () => undefined,
    async (engine) => {
      await assert.rejects(engine.createContainer({}), isCode('engine_unavailable'));
    },
  ),
);

test('an engine that is slow but alive is waited for, and left in peace afterwards', { timeout: 10_000 }, async () => {
  let pings = 0;
  const slow: RequestListener = (request, response) => {
    if (request.url?.endsWith('/_ping')) {
      pings += 1;
      setTimeout(() => response.end('OK'), 200);
    } else {
      // Ends while a ping is under way.
      setTimeout(() => response.writeHead(201).end('{"Id":"container"}'), 800);
    }
  };
  await withServer(slow, async (engine) => {
    assert.equal(await engine.createContainer({}), 'container');
    assert.equal(pings, 1);
    await sleep(1500);
    assert.equal(pings, 1, 'nobody asks any more');
  });
});
