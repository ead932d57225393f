import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import type { OutputStream } from '../../../src/core/command.ts';
import { Deferred } from '../../../src/core/deferred.ts';
import { RunAborted, RunnerError } from '../../../src/core/errors.ts';
import type { RunResult } from '../../../src/core/result.ts';
import type { Place, RunEvent } from '../../../src/core/run-events.ts';
import { compilation, execution, MEBIBYTE, POLICY, runResult } from '../../fixtures.ts';
import { type Call, harness, post, problemOf } from '../harness.ts';

const RUN: Place = { phase: 'run', test: undefined };
const BODY = { code: 'print(1)' };

interface SentEvent {
  readonly id: number;
  readonly name: string;
  readonly data: string;
}

function parseEvents(text: string): SentEvent[] {
  assert.ok(text.endsWith('\n\n'));
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      const [, id, name = '', data = ''] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
      return { id: Number(id), name, data };
    });
}

/** Streams a run that publishes these events and has this end. */
async function streamed(
  events: readonly RunEvent[],
  body: object = {},
  end: () => Promise<RunResult> = async () => runResult(),
) {
  const run = async (call: Call) => {
    for (const event of events) await call.events?.publish(event);
    return end();
  };
  const { app } = harness({ run });
  const response = await app.request('/run', post({ ...BODY, ...body }, { accept: 'text/event-stream' }));
  return { response, sent: parseEvents(await response.text()) };
}

function output(content: string | Buffer, stream: OutputStream = 'stdout', place = RUN): RunEvent {
  return { kind: 'output', ...place, stream, bytes: Buffer.from(content), atMs: 1.23456 };
}

/** Name and data of each event but the last. */
async function dataOf(events: readonly RunEvent[], body: object = {}): Promise<[name: string, data: unknown][]> {
  const { sent } = await streamed(events, body);
  assert.equal(sent.at(-1)?.name, 'result');
  return sent.slice(0, -1).map(({ name, data }) => [name, JSON.parse(data)]);
}

describe('events', () => {
  test('are numbered from 1', async () => {
    const { sent } = await streamed([{ kind: 'queued', position: 1 }, output('a')]);
    assert.deepEqual(
      sent.map(({ id, name }) => [id, name]),
      [
        [1, 'queued'],
        [2, 'stdout'],
        [3, 'result'],
      ],
    );
  });

  test('queued, started, truncated', async () => {
    const { response, sent } = await streamed([
      { kind: 'queued', position: 4 },
      { kind: 'started', sandbox: 'warm', ...RUN },
      { kind: 'truncated', stream: 'stderr', ...RUN },
    ]);
    const [queued, started, truncated] = sent.map(({ data }) => JSON.parse(data));
    assert.match(queued.run_id, /^[\da-f-]{36}$/);
    assert.deepEqual(queued, { run_id: queued.run_id, position: 4 });
    assert.deepEqual(started, { run_id: queued.run_id, phase: 'run', sandbox: 'warm' });
    assert.deepEqual(truncated, { phase: 'run', stream: 'stderr' });
    assert.ok(response.headers.get('x-request-id'));
  });

  test('output as text, with its phase, its test and its time', async () => {
    assert.deepEqual(await dataOf([output('a\n'), output('b', 'stderr', { phase: 'run', test: 7 })]), [
      ['stdout', { phase: 'run', text: 'a\n', at_ms: 1.23 }],
      ['stderr', { phase: 'run', test: 7, text: 'b', at_ms: 1.23 }],
    ]);
  });

  test('the end of a compile phase', async () => {
    const compiled = { kind: 'compiled', compilation: compilation({ stderr: 'warning' }, true) } as const;
    const compile: Place = { phase: 'compile', test: undefined };
    assert.deepEqual(await dataOf([output('warning', 'stderr', compile), compiled]), [
      ['stderr', { phase: 'compile', text: 'warning', at_ms: 1.23 }],
      [
        'exited',
        {
          phase: 'compile',
          status: 'completed',
          exit_code: 0,
          signal: null,
          usage: { wall_ms: 12.35, cpu_ms: 10.9, memory_peak_bytes: 9_437_184 },
          cached: true,
        },
      ],
    ]);
  });

  test('a test, exactly as it will stand in the result', async () => {
    const tests = ['short', 'ü'.repeat(100_000)].map(
      (stdout) =>
        ({
          name: 'one',
          verdict: 'accepted',
          message: undefined,
          execution: execution({ stdout }),
          error: null,
        }) as const,
    );
    const judgement = { verdict: 'accepted', tests } as const;
    const { sent } = await streamed(
      tests.map((result) => ({ kind: 'test', result })),
      {},
      async () => runResult(execution(), { judgement }),
    );
    const [first, second, result] = sent.map(({ data }) => data);
    assert.ok(result?.endsWith(`"tests":[${first},${second}]}`));
  });
});

describe('text', () => {
  /** The texts of these bytes, one event a byte, and of the same bytes in the result. */
  async function texts(bytes: Buffer, truncated = false): Promise<{ pieces: unknown[]; whole: string }> {
    const events: RunEvent[] = [];
    for (const byte of bytes) events.push(output(Buffer.from([byte])), output(Buffer.from([byte]), 'stderr'));
    if (truncated) events.push({ kind: 'truncated', stream: 'stdout', ...RUN });
    const { sent } = await streamed(events, {}, async () => runResult(execution({ stdout: bytes, truncated })));
    const pieces = sent.filter(({ name }) => name === 'stdout').map(({ data }) => JSON.parse(data).text);
    return { pieces, whole: JSON.parse(sent.at(-1)?.data ?? '').stdout };
  }

  /** Publishes pieces that are not gathered, because something stands between them. */
  async function cutTexts(pieces: readonly Buffer[]): Promise<unknown[]> {
    const mark: RunEvent = { kind: 'queued', position: 1 };
    const data = await dataOf(pieces.flatMap((piece) => [output(piece), mark]));
    return data.filter(([name]) => name === 'stdout').map(([, event]) => (event as { text: string }).text);
  }

  test('a character is never split over two events', async () => {
    const bytes = Buffer.from('a€😀ü');
    for (let at = 1; at < bytes.length; at += 1) {
      const found = await cutTexts([bytes.subarray(0, at), bytes.subarray(at)]);
      assert.equal(found.join(''), 'a€😀ü', `cut at ${at}`);
    }
    assert.deepEqual(await cutTexts([...bytes].map((byte) => Buffer.from([byte]))), ['a', '€', '😀', 'ü']);
  });

  test('all texts together are the text of the result, also if it is not UTF-8', async () => {
    for (const bytes of ['616263', 'ff', '61e282', 'f09f98', 'efbbbf61', 'c3', 'e2e282acc0'].map((hex) =>
      Buffer.from(hex, 'hex'),
    )) {
      const { pieces, whole } = await texts(bytes);
      assert.equal(pieces.join(''), whole, bytes.toString('hex'));
    }
  });

  test('a character that the limit has cut is left out, as in the result', async () => {
    const { pieces, whole } = await texts(Buffer.from('61e282', 'hex'), true);
    assert.deepEqual([pieces.join(''), whole], ['a', 'a']);
  });

  test('what an abandoned start has left does not get into the next one', async () => {
    const started: RunEvent = { kind: 'started', sandbox: 'warm', phase: 'run', test: 0 };
    const data = await dataOf([started, output(Buffer.from('e282', 'hex')), started, output('a')]);
    assert.deepEqual(
      data.map(([name, event]) => [name, (event as { text?: string }).text]),
      [
        ['started', undefined],
        ['started', undefined],
        ['stdout', 'a'],
      ],
    );
  });

  test('base64 is lossless', async () => {
    const mark: RunEvent = { kind: 'queued', position: 1 };
    const data = await dataOf([output(Buffer.from([0xff])), mark, output(Buffer.from([0xe2, 0x82]))], {
      output_encoding: 'base64',
    });
    const pieces = data.flatMap(([name, event]) => (name === 'stdout' ? [event as Record<string, unknown>] : []));
    assert.deepEqual(
      pieces.map(({ base64, text }) => [base64, text]),
      [
        ['/w==', undefined],
        ['4oI=', undefined],
      ],
    );
  });
});

describe('the end', () => {
  test('the result is, byte for byte, the body of a run that is not streamed', async () => {
    const long = runResult(
      execution({ stdout: `"\\\n\u2028${'ä'.repeat(200_000)}`, stderr: Buffer.alloc(MEBIBYTE, 0xff) }),
    );
    for (const result of [runResult(), long]) {
      const { app } = harness({ run: async () => result });
      const plain = await (await app.request('/run', post(BODY))).text();
      const { sent } = await streamed([], {}, async () => result);
      assert.equal(sent.at(-1)?.data, plain);
      const ndjson = await (await app.request('/run', post(BODY, { accept: 'application/x-ndjson' }))).text();
      assert.equal(ndjson, `{"event":"result",${plain.slice(1)}\n`);
    }
  });

  test('a failure after the first event is the last event, and the only one of its kind', async () => {
    const { response, sent } = await streamed([{ kind: 'queued', position: 1 }], {}, () =>
      Promise.reject(new RunnerError('over_capacity', 'waited too long', { retryAfterMs: 1000 })),
    );
    assert.equal(response.status, 200);
    const problem = JSON.parse(sent.at(-1)?.data ?? '');
    assert.deepEqual(
      [sent.map(({ name }) => name), problem.code, problem.status, problem.request_id],
      [['queued', 'error'], 'over_capacity', 503, response.headers.get('x-request-id')],
    );
  });

  test('an unexpected failure is reported and keeps its details to itself', async () => {
    const run = async ({ events }: Call) => {
      void events?.publish({ kind: 'queued', position: 1 });
      await tick();
      throw new Error('secret');
    };
    const { app, errors } = harness({ run });
    const text = await (await app.request('/run', post(BODY, { accept: 'text/event-stream' }))).text();
    assert.match(text, /event: error\ndata: .*"code":"internal"/);
    assert.ok(!text.includes('secret'));
    assert.match(String(errors[0]), /secret/);
  });

  const REFUSALS = [
    ['over_capacity', 503],
    ['draining', 503],
    ['runtime_not_ready', 503],
    ['unknown_runtime', 404],
    ['build_failed', 400],
    ['invalid_request', 422],
    ['engine_unavailable', 503],
  ] as const;
  for (const accept of ['text/event-stream', 'application/x-ndjson']) {
    for (const [code, status] of REFUSALS) {
      test(`${code} before the first event is an ordinary error for ${accept}`, async () => {
        const refusal = new RunnerError(code, 'no', { retryAfterMs: 3000 });
        const { app, streams } = harness({ run: () => Promise.reject(refusal) });
        const response = await app.request('/run', post(BODY, { accept }));
        const problem = await problemOf(response);
        assert.deepEqual([problem.status, problem.code, response.headers.get('retry-after')], [status, code, '3']);
        assert.deepEqual(streams, []);
      });
    }

    test(`a bad request and missing credentials are ordinary errors for ${accept}`, async () => {
      const { app, calls } = harness();
      const statusOf = async (response: Response) => (await problemOf(response)).status;
      assert.equal(await statusOf(await app.request('/run', post({ ...BODY, timeout: 0 }, { accept }))), 422);
      assert.equal(await statusOf(await app.request('/run', post('{', { accept }))), 400);
      const closed = harness({ credentials: { apiKeys: ['key'], token: undefined } });
      assert.equal(await statusOf(await closed.app.request('/run', post(BODY, { accept }))), 401);
      assert.deepEqual([calls, closed.calls], [[], []]);
    });
  }
});

describe('the client', { timeout: 10_000 }, () => {
  test('that leaves cancels the run, and no event says how it ended', async () => {
    const { app, calls, errors, streams } = harness({
      run: async ({ events, signal }) => {
        void events?.publish({ kind: 'started', sandbox: 'warm', ...RUN });
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const response = await app.request('/run', post(BODY, { accept: 'text/event-stream' }));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await tick();
    const reason = calls[0]?.signal.reason;
    assert.ok(reason instanceof RunAborted && reason.reason === 'client-gone');
    assert.deepEqual([streams, errors], [[['/run', 'left']], []]);
  });

  test('that reads nothing for STREAM_STALL cancels the run; the program had to wait for it until then', async () => {
    const cancelled = new Deferred<unknown>();
    let pieces = 0;
    const run = async ({ events, signal }: Call) => {
      signal.addEventListener('abort', () => cancelled.resolve(signal.reason));
      for (; !signal.aborted; pieces += 1) await events?.publish(output('x'.repeat(60_000)));
      throw signal.reason;
    };
    const { app, streams } = harness({ run, streamStallMs: 100 });
    const startedAt = performance.now();
    const response = await app.request('/run', post(BODY, { accept: 'text/event-stream' }));
    assert.ok((await cancelled.promise) instanceof RunAborted);
    assert.ok(performance.now() - startedAt >= 95);
    assert.ok(pieces <= 6, `${pieces} pieces were taken`);
    await assert.rejects(response.text());
    assert.deepEqual(streams, [['/run', 'stalled']]);
  });

  test('may hold up one program for as long as a program may run', async () => {
    const { app, calls } = harness();
    await (await app.request('/run', post(BODY, { accept: 'text/event-stream' }))).text();
    assert.equal(calls[0]?.events?.mayHoldMs, POLICY.timeoutMs.max);
  });
});

test('the body of a streamed run counts until the run ends, not until its response begins', async () => {
  const running = new Deferred<RunResult>();
  const run = ({ events }: Call) => {
    void events?.publish({ kind: 'started', sandbox: 'warm', ...RUN });
    return running.promise;
  };
  // The budget is that of one such body.
  const code = 'x'.repeat(600_000);
  const { app } = harness({ run, maxBytesInFlight: 1_300_000 });
  const body = JSON.stringify({ code });
  const send = () =>
    app.request('/run', post(body, { accept: 'text/event-stream', 'content-length': String(body.length) }));
  const first = await send();
  assert.equal((await send()).status, 503);
  running.resolve(runResult());
  await first.text();
  assert.equal((await send()).status, 200);
});
