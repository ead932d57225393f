import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deferred } from '../../../src/core/deferred.ts';
import { InitConnection } from '../../../src/engines/docker/init-connection.ts';
import { eventually } from '../../eventually.ts';
import { MEBIBYTE } from '../../fixtures.ts';

/** A real socket. The test plays the engine at its other end. */
let engine: Socket;
let connection: InitConnection;
let close: () => void;

beforeEach(async () => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  [engine] = (await once(server, 'connection')) as [Socket];
  engine.on('error', () => undefined);
  connection = new InitConnection(socket);
  close = () => {
    connection.destroy();
    engine.destroy();
    server.close();
  };
});
afterEach(() => close());

function fromStream(stream: number, payload: Buffer): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** Writes until the other side has accepted nothing for a while. Returns the number of bytes. */
async function fill(): Promise<number> {
  const piece = fromStream(1, Buffer.alloc(64 * 1024));
  let bytes = 0;
  while (bytes < 256 * MEBIBYTE) {
    bytes += piece.length;
    if (engine.write(piece)) continue;
    const drained = once(engine, 'drain').then(() => true);
    if (!(await Promise.race([drained, sleep(300, false)]))) return bytes;
  }
  return assert.fail('the connection takes everything');
}

test('a slow receiver blocks the engine', async () => {
  const busy = new Deferred();
  let received = 0;
  connection.listen((bytes) => {
    received += bytes.length;
    return busy.promise;
  });
  const written = await fill();
  assert.ok(received <= 64 * 1024, `${received} bytes were handed on`);
  busy.resolve();
  const pieces = written / (64 * 1024 + 8);
  await eventually(() => assert.equal(received, pieces * 64 * 1024));
});

test('sending waits until the engine has read everything', async () => {
  connection.listen(() => undefined);
  assert.equal(connection.send([Buffer.from('small')]), undefined);
  const waiting = connection.send([Buffer.alloc(32 * MEBIBYTE)]) ?? assert.fail('it does not wait');
  // Nothing tells of what does not happen.
  assert.equal(await Promise.race([waiting.then(() => 'sent'), sleep(200, 'waiting')]), 'waiting');
  engine.resume();
  await waiting;
});

test('sending does not wait for an engine that has disconnected', async () => {
  connection.listen(() => undefined);
  const waiting = connection.send([Buffer.alloc(32 * MEBIBYTE)]);
  engine.destroy();
  await waiting;
  await connection.gone;
  assert.equal(connection.send([Buffer.from('x')]), undefined);
});

test('closing does not wait for the receiver, and resolves when the other side has disconnected', async () => {
  const received: string[] = [];
  connection.listen((bytes) => {
    received.push(bytes.toString());
    return new Promise(() => undefined);
  });
  const lastWord = fromStream(2, Buffer.from('a last word\n'));
  engine.write(Buffer.concat([fromStream(1, Buffer.from('one')), lastWord.subarray(0, 12)]));
  await eventually(() => assert.equal(received.length, 1));
  connection.hangUp();
  engine.resume();
  await once(engine, 'end');
  engine.end(Buffer.concat([lastWord.subarray(12), fromStream(1, Buffer.from('two'))]));
  await connection.gone;
  assert.deepEqual(received, ['one']);
  assert.equal(connection.diagnostics, 'a last word\n');
});

test('receivers can use a connection one after the other', async () => {
  const received: string[] = [];
  for (const name of ['first', 'second']) {
    connection.listen((bytes) => void received.push(`${name}: ${bytes}`));
    engine.write(fromStream(1, Buffer.from(name)));
    await eventually(() => assert.equal(received.at(-1), `${name}: ${name}`));
  }
});

test('diagnostics are kept up to a limit, and invalid bytes end the connection', async () => {
  connection.listen(() => undefined);
  engine.write(fromStream(2, Buffer.alloc(10_000, 'd')));
  engine.write(Buffer.from([9, 9, 9, 9, 9, 9, 9, 9]));
  await connection.gone;
  assert.equal(connection.diagnostics, 'd'.repeat(4096));
});
