import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { DOCKER_SOCKET, Service } from './service.ts';

/** A proxy to the real engine that can be cut, blocked and restored, like an engine that dies, hangs or restarts. */
class EngineDoor {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'code-runner-door-'));
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #isBlocked = false;

  constructor() {
    this.path = join(this.#folder, 'docker.sock');
  }

  async open(): Promise<void> {
    this.#isBlocked = false;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#pass(client));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.path, resolve));
  }

  /** Behaves like a dead engine: connections end, new ones are refused. */
  async cut(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }

  /** Behaves like a hanging engine: connections are accepted, but nothing is answered. */
  block(): void {
    this.#isBlocked = true;
    for (const socket of this.#sockets) socket.pause();
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #pass(client: Socket): void {
    this.#track(client);
    if (this.#isBlocked) return;
    const engine = connect({ path: DOCKER_SOCKET, allowHalfOpen: true });
    this.#track(engine);
    client.pipe(engine).pipe(client);
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

const HELLO = { code: 'print("hi")' };

async function expectAway(service: Service): Promise<void> {
  const startedAt = performance.now();
  const problem = await service.refusal(HELLO);
  const tookMs = performance.now() - startedAt;
  assert.deepEqual([problem.status, problem.code], [503, 'engine_unavailable']);
  assert.ok(tookMs < 2000, `refused after ${tookMs} ms`);
  for (const path of ['/health', '/readyz']) {
    await eventually(async () => assert.equal((await service.get(path)).status, 503, path), 1000);
  }
  assert.equal((await service.get('/livez')).status, 200);
  const { body } = await service.get('/health');
  assert.equal((body as { docker_connected: boolean }).docker_connected, false);
}

describe('failure of the engine', () => {
  const door = new EngineDoor();
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python', DOCKER_SOCKET: door.path }, { ready: false });
  });
  after(async () => {
    await service.stop();
    await door.cut();
    door.remove();
  });

  test('the service starts before the engine', () => expectAway(service));

  test('it recovers by itself when the engine comes', async () => {
    await door.open();
    await service.whenReady();
    assert.equal((await service.run(HELLO)).stdout, 'hi\n');
    assert.equal((await service.get('/health')).status, 200);
  });

  test('if the engine dies during a run, that run and new ones get engine_unavailable', async () => {
    const inFlight = service.refusal({ code: 'import time; time.sleep(20)', args: ['sleeper'] });
    await service.untilProcesses(/ sleeper$/);
    await door.cut();
    assert.equal((await inFlight).code, 'engine_unavailable');
    await expectAway(service);
    await door.open();
    await service.whenReady();
    assert.equal((await service.run(HELLO)).stdout, 'hi\n');
    await eventually(async () => assert.equal(await service.containers(), 0), 3000);
  });

  test('if the engine hangs, runs are refused within two seconds', async () => {
    door.block();
    await expectAway(service);
    await door.cut();
    await door.open();
    await service.whenReady();
    assert.equal((await service.run(HELLO)).stdout, 'hi\n');
  });
});
