import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerError } from '../../../../src/core/errors.ts';
import { DEADLINES_MS, type Deadlines } from '../../../../src/engines/docker/api/deadlines.ts';
import { Engine } from '../../../../src/engines/docker/api/engine.ts';
import { eventually } from '../../../eventually.ts';

/** The engine client with a test server that implements a little of Docker's API on a socket. */
async function withServer(
  listener: RequestListener,
  work: (engine: Engine) => Promise<void>,
  deadlines?: Deadlines,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const socket = join(folder, 'docker.sock');
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    await work(new Engine(socket, deadlines));
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

test('no engine', async () => {
  const engine = new Engine('/nowhere/docker.sock');
  await assert.rejects(engine.ping(), isCode('engine_unavailable'));
  await assert.rejects(engine.containers.create({ Image: 'x' }), isCode('engine_unavailable'));
  await assert.rejects(engine.images.find('x'), isCode('engine_unavailable'));
});

test('refusals of the engine, by status', async () => {
  for (const [status, code] of [
    [404, 'runtime_not_ready'],
    [400, 'internal'],
    [409, 'internal'],
    [500, 'engine_unavailable'],
  ] as const) {
    await withServer(answering(status, { message: 'no' }), async (engine) => {
      await assert.rejects(engine.containers.create({ Image: 'x' }), isCode(code), String(status));
    });
  }
});

test('removing something that is already gone succeeds', async () => {
  for (const status of [404, 409]) await withServer(answering(status), (engine) => engine.containers.remove('x'));
  await withServer(answering(500), async (engine) => {
    await assert.rejects(engine.containers.remove('x'), isCode('engine_unavailable'));
  });
});

test('an image that does not exist is undefined', async () => {
  await withServer(answering(404), async (engine) => assert.equal(await engine.images.find('x'), undefined));
  const image = { Id: 'sha256:1', Config: { Labels: null } };
  await withServer(answering(200, image), async (engine) => {
    assert.deepEqual(await engine.images.find('x'), { id: 'sha256:1', labels: {} });
  });
});

const BUILD = { tag: 'x', labels: {}, buildArgs: {}, dockerfile: 'Dockerfile', onLog: () => undefined };

/** Every call of the client. */
const VERBS: Record<string, (engine: Engine) => Promise<unknown>> = {
  ping: (engine) => engine.ping(),
  create: (engine) => engine.containers.create({ Image: 'x' }),
  attach: (engine) => engine.containers.attach('x'),
  start: (engine) => engine.containers.start('x'),
  update: (engine) => engine.containers.update('x', {}),
  isRunning: (engine) => engine.containers.isRunning('x'),
  remove: (engine) => engine.containers.remove('x'),
  list: (engine) => engine.containers.list('label'),
  imagesInUse: (engine) => engine.containers.imagesInUse(),
  wasOutOfMemory: (engine) => engine.containers.wasOutOfMemory('x'),
  size: (engine) => engine.containers.size('x'),
  countProcesses: (engine) => engine.containers.countProcesses('x'),
  commit: (engine) => engine.containers.commit('x', {}),
  stat: (engine) => engine.files.stat('x', '/'),
  read: (engine) => engine.files.read('x', '/'),
  write: (engine) => engine.files.write('x', Buffer.alloc(1)),
  'images.find': (engine) => engine.images.find('x'),
  'images.inspect': (engine) => engine.images.inspect('x'),
  'images.list': (engine) => engine.images.list(),
  'images.tag': (engine) => engine.images.tag('x', 'y', 'z'),
  'images.remove': (engine) => engine.images.remove('x'),
  'images.removeUnused': (engine) => engine.images.removeUnused('x'),
  'networks.ensure': (engine) => engine.networks.ensure('x', {}),
  'networks.remove': (engine) => engine.networks.remove('x'),
  'sources.build': (engine) => engine.sources.build(Readable.from([]), BUILD),
  'sources.pull': (engine) => engine.sources.pull('x', () => undefined),
  'sources.import': (engine) => engine.sources.import(Readable.from([]), 'x:y'),
};

test('every call to a hanging engine fails', { timeout: 10_000 }, () =>
  withServer(
    () => undefined,
    async (engine) => {
      const calls = Object.entries(VERBS)
        .filter(([name]) => !name.startsWith('sources.'))
        .map(([name, call]) => assert.rejects(call(engine), isCode('engine_unavailable'), name));
      await Promise.all(calls);
    },
  ),
);

test('the connection of an abandoned call is closed', {
  timeout: 10_000,
}, async () => {
  let closed = 0;
  const silent: RequestListener = (request) => {
    request.socket.on('close', () => {
      closed += 1;
    });
  };
  await withServer(silent, async (engine) => {
    await assert.rejects(engine.containers.start('x'), isCode('engine_unavailable'));
    await eventually(() => assert.equal(closed, 2, 'the connections of the call and of the ping'));
  });
});

/** Short deadlines for everything except pings. */
const SHORT_MS = 60;
const SHORT = { ...mapValues(DEADLINES_MS, SHORT_MS), ping: DEADLINES_MS.ping };

function mapValues<K extends string>(record: Readonly<Record<K, number>>, value: number): Record<K, number> {
  return Object.fromEntries(Object.keys(record).map((key) => [key, value])) as Record<K, number>;
}

/** Answers pings and nothing else. */
const swallowing: RequestListener = (request, response) => {
  if (request.url === '/_ping') response.end('OK');
};

test('if an engine answers only pings, every call fails at its deadline with an error that names the call', {
  timeout: 20_000,
}, async () => {
  const heard = new Set<string>();
  await withServer(
    swallowing,
    async (engine) => {
      for (const [verb, call] of Object.entries(VERBS).filter(([name]) => name !== 'ping')) {
        const error = await call(engine).then(
          () => assert.fail(verb),
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof RunnerError && error.code === 'engine_unavailable', verb);
        const name = /^The container engine gave no answer within 0\.1 s \((.+)\)\.$/.exec(error.detail)?.[1];
        heard.add(name ?? assert.fail(`${verb}: ${error.detail}`));
      }
    },
    SHORT,
  );
  // A network is created only after the engine has said that it does not exist.
  const expected = Object.keys(DEADLINES_MS).filter((call) => !['ping', 'create network'].includes(call));
  assert.deepEqual([...heard].sort(), expected.sort());
});

test('the deadline of a progress stream covers the whole stream', async () => {
  const stalling: RequestListener = (_, response) => response.write('{"stream":"Step 1"}\n');
  const log: string[] = [];
  const work = async (engine: Engine) => {
    const build = engine.sources.build(Readable.from([]), { ...BUILD, onLog: (text) => log.push(text) });
    await assert.rejects(build, /no answer within 0\.1 s \(build image\)/);
  };
  await withServer(stalling, work, SHORT);
  assert.deepEqual(log, ['Step 1']);
});

test('a response that does not match the API is an error with a reason', async () => {
  const wrong: Record<string, readonly [verb: string, answer: unknown, problem: RegExp]> = {
    'no id': ['create', {}, /Id is not a string/],
    'no list': ['list', {}, /the containers is not a list/],
    'no label': [
      'list',
      [{ Id: 'x', Labels: { a: 1 }, State: 'running', Created: 1 }],
      /Labels does not contain only strings/,
    ],
    'no state': ['wasOutOfMemory', {}, /State is not an object/],
    'no boolean': ['wasOutOfMemory', { State: { OOMKilled: 'no' } }, /OOMKilled is not a boolean/],
    'no number': ['images.list', [{ Id: 'x', Size: '1', Created: 1 }], /Size is not a number/],
    'no names': ['images.list', [{ Id: 'x', RepoTags: 'x:latest' }], /RepoTags is not a list of strings/],
    'no object': ['networks.ensure', [null], /an item of the networks is not an object/],
  };
  for (const [what, [verb, answer, problem]] of Object.entries(wrong)) {
    await withServer(answering(200, answer), async (engine) => {
      const call = VERBS[verb] ?? assert.fail(verb);
      await assert.rejects(call(engine), (error) => {
        assert.ok(error instanceof RunnerError && error.cause instanceof Error, what);
        assert.equal(error.code, 'internal', what);
        assert.match(error.cause.message, problem, what);
        return true;
      });
    });
  }
});

test('a response that is not JSON', () =>
  withServer(
    (_, response) => response.end('<html>'),
    async (engine) => {
      await assert.rejects(engine.images.list(), isCode('internal'));
    },
  ));

test('a slow engine that answers pings is waited for, and no pings follow afterwards', {
  timeout: 10_000,
}, async () => {
  let pings = 0;
  const slow: RequestListener = (request, response) => {
    if (request.url?.endsWith('/_ping')) {
      pings += 1;
      setTimeout(() => response.end('OK'), 200);
    } else {
      // Ends while a ping is in progress.
      setTimeout(() => response.writeHead(201).end('{"Id":"container"}'), 800);
    }
  };
  await withServer(slow, async (engine) => {
    assert.equal(await engine.containers.create({ Image: 'x' }), 'container');
    assert.equal(pings, 1);
    const longerThanSuspicionMs = 1500;
    await sleep(longerThanSuspicionMs);
    assert.equal(pings, 1, 'there are no more pings');
  });
});
