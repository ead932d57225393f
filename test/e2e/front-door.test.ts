// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { Service } from './service.ts';

const MAX_CONNECTIONS = 50;
const HALF_OPEN = 2000;
/** Number of descriptors that the service has open besides its clients' connections. */
const OTHER_FILES = 60;

/** The status of a request that a browser would send, with the host that the page was loaded from. */
function statusOf(url: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end('{"code": "print(1)"}');
  });
}

describe('a service without credentials', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({
      RUNTIMES: 'python',
      MAX_CONNECTIONS: String(MAX_CONNECTIONS),
      ALLOWED_HOSTS: 'runner.example',
    });
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
  });

  test('refuses a page of another origin and a page that uses DNS rebinding', async () => {
    const json = { 'content-type': 'application/json' };
    assert.equal(await statusOf(service.url, '/run', { ...json, host: 'evil.example' }), 403);
    assert.equal(await statusOf(service.url, '/run', { ...json, origin: 'http://evil.example' }), 403);
    assert.equal(await statusOf(service.url, '/run', { ...json, host: 'runner.example' }), 200);
    const text = { 'content-type': 'text/plain', origin: 'http://evil.example' };
    assert.equal(await statusOf(service.url, '/prebuilds/cleanup', text), 403);
  });

  test('limits idle connections, so that thousands of them do not keep out other clients', async () => {
    const port = Number(new URL(service.url).port);
    const sockets: Socket[] = [];
    try {
      for (let n = 0; n < HALF_OPEN; n += 1) {
        const socket = connect(port, '127.0.0.1').resume();
        socket.on('error', () => undefined);
        sockets.push(socket);
        await once(socket, 'connect');
        socket.write('POST /run HTTP/1.1\r\nHost: localhost\r\nContent-Le');
      }
      assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
      await eventually(async () => {
        const open = readdirSync(`/proc/${service.process.pid}/fd`).length;
        assert.ok(open > MAX_CONNECTIONS && open < MAX_CONNECTIONS + OTHER_FILES, `${open} open files`);
      }, 5000);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
