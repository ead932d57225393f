import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { Hono } from 'hono';
import { Deferred } from '../../src/core/deferred.ts';
import {
  type EventFormat,
  NDJSON,
  preferredFormat,
  type ServerEvent,
  SSE,
  serverEvent,
} from '../../src/http/event-format.ts';
import { eventStream } from '../../src/http/event-stream.ts';

const KIBIBYTE = 1024;

interface Setting {
  readonly format?: EventFormat;
  readonly stallMs?: number;
}

/** A stream of these events, and what becomes of it. */
async function streaming(events: (left: AbortSignal) => AsyncGenerator<ServerEvent, void>, setting: Setting = {}) {
  const left = new AbortController();
  const ends: string[] = [];
  const app = new Hono().get('/', (c) =>
    eventStream(c, events(left.signal), {
      route: '/run',
      format: setting.format ?? SSE,
      settings: {
        stallMs: setting.stallMs ?? 60_000,
        observer: { streamBegan: () => undefined, streamEnded: (route, end) => ends.push(`${route} ${end}`) },
      },
      left,
      onEnd: () => ends.push('released'),
    }),
  );
  const response = await app.request('/');
  return { response, left, ends };
}

async function* twoEvents(): AsyncGenerator<ServerEvent, void> {
  yield serverEvent('stdout', { text: 'a\n' }, 1);
  yield { name: 'result', id: 2, json: ['{"a":1,', '"b":', '"c"}'].map((piece) => Buffer.from(piece)) };
}

/** Yields 64 KiB again and again. */
async function* flood(): AsyncGenerator<ServerEvent, void> {
  for (;;) yield serverEvent('stdout', { text: 'x'.repeat(64 * KIBIBYTE) });
}

/** Yields nothing before the client has left. */
async function* silence(left: AbortSignal): AsyncGenerator<ServerEvent, void> {
  const gone = new Deferred();
  left.addEventListener('abort', () => gone.resolve());
  await gone.promise;
}

describe('formats', () => {
  test('server-sent events: id, name, JSON in one line', async () => {
    const { response, ends } = await streaming(twoEvents);
    assert.equal(
      await response.text(),
      'id: 1\nevent: stdout\ndata: {"text":"a\\n"}\n\nid: 2\nevent: result\ndata: {"a":1,"b":"c"}\n\n',
    );
    assert.deepEqual(ends, ['/run complete', 'released']);
  });

  test('NDJSON: the name among the fields, a line an event', async () => {
    const { response } = await streaming(twoEvents, { format: NDJSON });
    assert.equal(await response.text(), '{"event":"stdout","text":"a\\n"}\n{"event":"result","a":1,"b":"c"}\n');
  });

  test('neither a cache nor a proxy keeps events back', async () => {
    for (const format of [SSE, NDJSON]) {
      const { response } = await streaming(twoEvents, { format });
      await response.text();
      const { headers } = response;
      assert.equal(headers.get('content-type'), format.contentType);
      assert.deepEqual([headers.get('cache-control'), headers.get('x-accel-buffering')], ['no-store', 'no']);
    }
  });

  test('a ping after 15 s without an event, in the form of each format', async (t) => {
    for (const [format, ping] of [
      [SSE, ': ping\n\n'],
      [NDJSON, '{"event":"ping"}\n'],
    ] as const) {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      const { response } = await streaming(silence, { format });
      const reader = response.body?.getReader();
      const chunk = reader?.read();
      await tick();
      t.mock.timers.tick(14_999);
      await tick();
      t.mock.timers.tick(1);
      assert.equal(Buffer.from((await chunk)?.value ?? []).toString(), ping);
      await reader?.cancel();
      t.mock.timers.reset();
    }
  });
});

test('the format that the client prefers', async () => {
  const app = new Hono().get('/', (c) => c.text(preferredFormat(c, [SSE, NDJSON])?.contentType ?? 'plain'));
  const PREFERENCES: [accept: string | undefined, format: string][] = [
    [undefined, 'plain'],
    ['*/*', 'plain'],
    ['application/json', 'plain'],
    ['application/json, text/event-stream', 'plain'],
    ['text/event-stream', 'text/event-stream'],
    ['Text/Event-Stream; charset=utf-8', 'text/event-stream'],
    ['text/event-stream, application/json;q=0.5', 'text/event-stream'],
    ['application/json;q=0.5, application/x-ndjson', 'application/x-ndjson'],
    ['text/event-stream;q=0, */*', 'plain'],
    ['text/html', 'plain'],
    ['nonsense', 'plain'],
  ];
  for (const [accept, format] of PREFERENCES) {
    const response = await app.request('/', accept === undefined ? {} : { headers: { accept } });
    assert.equal(await response.text(), format, accept);
  }
});

describe('a client', { timeout: 10_000 }, () => {
  test('that disconnects ends the stream and its source at once', async () => {
    const { response, left, ends } = await streaming(silence);
    await response.body?.cancel();
    assert.deepEqual([left.signal.aborted, ends], [true, ['/run left', 'released']]);
  });

  test('that reads nothing has left after the time for it, and not before', async () => {
    const { response, left, ends } = await streaming(flood, { stallMs: 100 });
    await sleep(30);
    assert.deepEqual([left.signal.aborted, ends], [false, []]);
    await sleep(150);
    assert.deepEqual([left.signal.aborted, ends], [true, ['/run stalled', 'released']]);
    await assert.rejects(response.text(), /does not read/);
  });

  test('that reads nothing is kept if there is more time', async () => {
    const { left, response } = await streaming(flood, { stallMs: 10_000 });
    await sleep(180);
    assert.equal(left.signal.aborted, false);
    await response.body?.cancel();
  });

  test('that reads slowly is no client that reads nothing', async () => {
    const { response, left } = await streaming(flood, { stallMs: 250 });
    const reader = response.body?.getReader();
    for (let read = 0; read < 8; read += 1) {
      await reader?.read();
      await sleep(50);
    }
    assert.equal(left.signal.aborted, false);
    await reader?.cancel();
  });

  test('that has read everything waits for as long as the source does', async () => {
    const { response, left } = await streaming(silence, { stallMs: 50 });
    const waiting = response.text();
    await sleep(120);
    assert.equal(left.signal.aborted, false);
    left.abort();
    assert.equal(await waiting, '');
  });
});

test('only as much is taken from the source as the client reads', async () => {
  let taken = 0;
  async function* counted(): AsyncGenerator<ServerEvent, void> {
    for await (const event of flood()) {
      taken += 1;
      yield event;
    }
  }
  const { response } = await streaming(counted);
  const reader = response.body?.getReader();
  await reader?.read();
  for (let turn = 0; turn < 100; turn += 1) await tick();
  assert.ok(taken <= 3, `${taken} events were taken`);
  await reader?.cancel();
});

test('a source that fails breaks the stream off: nothing looks like its end', async () => {
  const { response, left, ends } = await streaming(async function* () {
    yield serverEvent('stdout', { text: 'a' });
    throw new Error('broken');
  });
  await assert.rejects(response.text(), /broken/);
  assert.deepEqual([left.signal.aborted, ends], [true, ['/run failed', 'released']]);
});
