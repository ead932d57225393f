import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpServer, type HttpServerOptions } from '../../src/bootstrap/http-server.ts';
import { RunAborted } from '../../src/core/errors.ts';
import { eventually } from '../eventually.ts';
import { POLICY } from '../fixtures.ts';
import { type Harness, type HarnessOptions, harness } from './harness.ts';

/** Those of tests that ran out of time would keep this process alive. */
const servers = new Set<HttpServer>();
after(() => Promise.all([...servers].map((server) => server.close())));

/** The HTTP API on a real server, addressed with raw bytes; `begun` counts the requests whose head has arrived. */
async function withServer(
  options: HarnessOptions,
  work: (open: () => Socket, edge: Harness & { begun: () => number }) => Promise<void>,
) {
  const edge = harness(options);
  let begun = 0;
  const fetch: HttpServerOptions['fetch'] = (...call) => {
    begun += 1;
    return edge.app.fetch(...call);
  };
  const server = await HttpServer.start({ fetch, host: '127.0.0.1', port: 0, maxConnections: 100 });
  servers.add(server);
  const { port } = server.address;
  const sockets: Socket[] = [];
  const open = () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  try {
    await work(open, { ...edge, begun: () => begun });
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.close();
    servers.delete(server);
  }
}

/** Sends bytes and returns the status of the response. */
async function statusOf(socket: Socket, bytes: Buffer): Promise<number> {
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    answer += (chunk as Buffer).toString('latin1');
    if (answer.includes('\r\n\r\n')) break;
  }
  return Number(answer.split(' ')[1]);
}

function runBytes(body: string, ...headers: (string | Buffer)[]): Buffer {
  const lines = ['POST /run HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...headers];
  const head = lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\r\n')]);
  return Buffer.concat([...head, Buffer.from('\r\n'), Buffer.from(body)]);
}

test('a non-ASCII secret and odd bytes over a real connection', { timeout: 10_000 }, () =>
  withServer({ credentials: { apiKeys: ['schlüssel'], token: undefined } }, async (open) => {
    const status = (key: Buffer) =>
      statusOf(
        open(),
        runBytes('{"code":"x"}', 'Content-Length: 12', Buffer.concat([Buffer.from('X-API-Key: '), key])),
      );
    assert.equal(await status(Buffer.from('schlüssel')), 200);
    assert.equal(await status(Buffer.from('schl\xfcssel', 'latin1')), 403);
    assert.equal(await status(Buffer.from([0xff, 0xfe, 0x80])), 403);
  }),
);

test('a client that disconnects aborts its run', { timeout: 10_000 }, async () => {
  let aborted: unknown;
  const run: HarnessOptions['run'] = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
        reject(signal.reason);
      });
    });
  await withServer({ run }, async (open, { calls, errors }) => {
    const socket = open();
    socket.write(runBytes('{"code":"x"}', 'Content-Length: 12'));
    await eventually(() => assert.equal(calls.length, 1));
    socket.destroy();
    await eventually(() => assert.notEqual(aborted, undefined));
    assert.ok(aborted instanceof RunAborted && aborted.reason === 'client-gone');
    assert.deepEqual(errors, []);
  });
});

test('a body without a length is read up to the limit only', { timeout: 10_000 }, () =>
  withServer({ policy: { ...POLICY, maxBodyBytes: 1024 } }, async (open, { calls }) => {
    const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
    assert.equal(await statusOf(open(), runBytes(chunk + chunk, 'Transfer-Encoding: chunked')), 413);
    assert.equal(calls.length, 0);
  }),
);

test('a wrong key is answered before the body arrives', { timeout: 10_000 }, () =>
  withServer({ credentials: { apiKeys: ['key'], token: undefined } }, async (open) => {
    assert.equal(await statusOf(open(), runBytes('', 'Content-Length: 1000000', 'X-API-Key: wrong')), 403);
  }),
);

for (const bytes of [100, 100_000]) {
  test(
    `a client that disconnects inside its body of ${bytes} bytes is not an error of the service`,
    { timeout: 10_000 },
    () =>
      withServer({}, async (open, { calls, errors, answered, begun }) => {
        const socket = open();
        socket.write(runBytes('{"code":', `Content-Length: ${bytes}`));
        await eventually(() => assert.equal(begun(), 1));
        socket.destroy();
        await eventually(() => assert.equal(answered.length, 1));
        assert.deepEqual([calls, errors], [[], []]);
      }),
  );
}

test('a large body that stalls keeps out other large bodies but no small ones', { timeout: 10_000 }, () => {
  const maxBodyBytes = 1024 ** 2;
  const limits = { policy: { ...POLICY, maxBodyBytes }, maxBytesInFlight: 2 * maxBodyBytes };
  return withServer(limits, async (open, { calls }) => {
    const slow = open();
    slow.write(runBytes('', 'Transfer-Encoding: chunked'));
    const large = `{"code":"x"}${' '.repeat(maxBodyBytes / 2)}`;
    const statusOfRun = (body: string) => statusOf(open(), runBytes(body, `Content-Length: ${body.length}`));
    await eventually(async () => assert.equal(await statusOfRun(large), 503));
    const before = calls.length;
    for (let n = 0; n < 20; n += 1) assert.equal(await statusOfRun('{"code":"x"}'), 200);
    assert.equal(calls.length, before + 20);
    slow.destroy();
    await eventually(async () => assert.equal(await statusOfRun(large), 200));
  });
});

describe('a client whose body is refused can send the rest of it', { timeout: 60_000 }, () => {
  const bytes = 900_000;
  const refused: Record<string, [status: number, begin: string, length: number]> = {
    'before it is read': [413, '', 2_000_000],
    'while the budget is used up': [503, '', bytes],
    'in its middle': [413, '['.repeat(200_000), bytes],
  };
  for (const [when, [status, begin, length]] of Object.entries(refused)) {
    const limits = {
      policy: { ...POLICY, maxBodyBytes: 1024 ** 2 },
      maxBytesInFlight: status === 503 ? 500_000 : 4 * 1024 ** 2,
    };
    /** Sends the head, reads the response, and sends the rest after a delay. */
    const sendAll = async (socket: Socket, ...headers: string[]) => {
      assert.equal(await statusOf(socket, runBytes(begin, `Content-Length: ${length}`, ...headers)), status);
      await sleep(700);
      socket.write('x'.repeat(length - begin.length));
    };

    test(`${when}, and use the connection again`, () =>
      withServer(limits, async (open) => {
        const socket = open();
        await sendAll(socket);
        assert.equal(await statusOf(socket, runBytes('{"code":"x"}', 'Content-Length: 12')), 200);
      }));

    test(`${when}, on a connection that closes after it`, () =>
      withServer(limits, async (open) => {
        const socket = open();
        const failed = once(socket, 'error').then(([error]) => assert.fail(error));
        await sendAll(socket, 'Connection: close');
        await Promise.race([failed, once(socket.resume(), 'end')]);
      }));
  }
});
