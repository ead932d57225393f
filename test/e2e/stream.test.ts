// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { eventually } from '../eventually.ts';
import { RunStream } from './run-stream.ts';
import { IN_CELLS, Service } from './service.ts';

const MEBIBYTE = 1024 ** 2;
/** A sandbox is gone within a second after its end. The test allows a little more. */
const GONE_WITHIN_MS = 1500;
/** More than the sockets and pipes between a program and its client hold. */
const FLOOD_BYTES = 15 * MEBIBYTE;
const FLOOD = {
  code: `import os, sys\nfor at in range(${FLOOD_BYTES / MEBIBYTE}): sys.stdout.write(chr(97 + at) * ${MEBIBYTE})`,
  output_limit: '16m',
  timeout: 5,
};
const SLEEPER = { code: 'import time; print("started", flush=True); time.sleep(60)', timeout: 60 };
const MOMENTARY = ['run_id', 'execution_time', 'usage', 'timings', 'sandbox'];
const GO_HELLO = 'package main\nimport "fmt"\nfunc main() { fmt.Println("hello") }';

function floodText(): string {
  return Array.from({ length: FLOOD_BYTES / MEBIBYTE }, (_, at) => String.fromCharCode(97 + at).repeat(MEBIBYTE)).join(
    '',
  );
}

async function noContainers(service: Service): Promise<void> {
  await eventually(async () => assert.equal(await service.containers(), 0, 'no container is left'), GONE_WITHIN_MS);
}

/** A result with all its fields, but without the values that depend on the moment. */
function lasting(result: object): object {
  const momentary = Object.fromEntries(MOMENTARY.map((name) => [name, name in result]));
  return { ...result, ...momentary };
}

describe('a streamed run', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python,go', STREAM_STALL: '1' });
  });
  after(() => service.stop());

  for (const accept of ['text/event-stream', 'application/x-ndjson'] as const) {
    test(`output while the program runs, then what a plain run answers: ${accept}`, async () => {
      const body = {
        code: 'import time\nprint("one", flush=True)\ntime.sleep(0.4)\nprint("two")\nraise SystemExit(3)',
      };
      const stream = await RunStream.run(service, body, accept);
      assert.deepEqual(stream.names, ['started', 'stdout', 'stdout', 'result']);
      assert.deepEqual(stream.texts('stdout'), ['one\n', 'two\n']);
      const [, one, , result] = stream.received;
      assert.ok((result?.atMs ?? 0) - (one?.atMs ?? 0) > 300, 'the output did not wait for the end');
      assert.deepEqual(lasting(stream.last.data), lasting(await service.run(body)));
      if (accept === 'text/event-stream')
        assert.deepEqual(
          stream.received.map(({ id }) => id),
          [1, 2, 3, 4],
        );
    });
  }

  test('the text of all events is the text of the result, for both streams', async () => {
    const code = 'import sys\nfor at in range(20000): print(at, "€😀"); print(-at, "ü", file=sys.stderr)';
    const stream = await RunStream.run(service, { code });
    for (const name of ['stdout', 'stderr']) assert.equal(stream.texts(name).join(''), stream.last.data[name]);
    assert.ok(String(stream.last.data['stdout']).endsWith('19999 €😀\n'));
  });

  test('a character that is written byte by byte arrives whole; base64 passes on the bytes', async () => {
    const code = 'import os, time\nfor byte in "€😀".encode(): os.write(1, bytes([byte])); time.sleep(0.04)';
    const [text, base64] = await Promise.all([
      RunStream.run(service, { code }),
      RunStream.run(service, { code, output_encoding: 'base64' }),
    ]);
    assert.deepEqual(text.texts('stdout'), ['€', '😀']);
    const pieces = base64.received.flatMap(({ data }) =>
      'base64' in data ? [Buffer.from(String(data['base64']), 'base64')] : [],
    );
    assert.ok(pieces.length > 2, 'nothing waited for the rest of a character');
    assert.equal(Buffer.concat(pieces).toString(), '€😀');
  });

  test('truncated is sent at the limit, not at the end, and only if there was more', async () => {
    const code =
      'import sys, time\nsys.stdout.write("x" * 10); sys.stderr.write("y" * 11)\nsys.stdout.flush(); sys.stderr.flush(); time.sleep(0.5)';
    const stream = await RunStream.run(service, { code, output_limit: 10 });
    const cut = stream.received.filter(({ event }) => event === 'truncated');
    assert.deepEqual(
      cut.map(({ data }) => data),
      [{ phase: 'run', stream: 'stderr' }],
    );
    assert.ok(stream.last.atMs - (cut[0]?.atMs ?? 0) > 300, 'it came with the end');
    assert.deepEqual([stream.texts('stdout'), stream.texts('stderr')], [['x'.repeat(10)], ['y'.repeat(10)]]);
    assert.deepEqual([stream.last.data['stdout_truncated'], stream.last.data['stderr_truncated']], [false, true]);
  });

  test('a compiled run has both phases, also if the compilation comes from the cache', async () => {
    const body = { image: 'go', code: GO_HELLO };
    for (const cached of [false, true]) {
      const stream = await RunStream.run(service, body);
      assert.deepEqual(stream.names, ['started', 'exited', 'started', 'stdout', 'result']);
      assert.deepEqual(
        stream.received.map(({ data }) => data['phase']),
        ['compile', 'compile', 'run', 'run', undefined],
      );
      const { status, exit_code, cached: wasCached } = stream.received[1]?.data ?? {};
      assert.deepEqual([status, exit_code, wasCached], ['completed', 0, cached]);
    }
  });

  test('a program that does not compile: what the compiler says, then the result', async () => {
    const body = { image: 'go', code: 'package main\nfunc main() { undefined() }', tests: [{}, {}] };
    for (const _ of ['compiled', 'cached']) {
      const stream = await RunStream.run(service, body);
      assert.deepEqual(stream.names, ['started', 'stderr', 'test', 'test', 'result']);
      assert.match(stream.texts('stderr').join(''), /undefined: undefined/);
      assert.equal(stream.last.data['status'], 'compile_failed');
      assert.equal(stream.texts('stderr').join(''), stream.last.data['stderr']);
    }
  });

  test('a judged run: each test as it ends, and as it stands in the result', async () => {
    const stream = await RunStream.run(service, {
      code: 'import time\nn = int(input())\nprint(n * n, flush=True)\ntime.sleep(0.3)',
      tests: [{ stdin: '2', expected_stdout: '4' }, { stdin: '3', expected_stdout: '8' }, { stdin: '4' }],
      stop_on_failure: true,
    });
    const names = ['started', 'stdout', 'test', 'started', 'stdout', 'test', 'test', 'result'];
    assert.deepEqual(stream.names, names);
    assert.deepEqual(
      stream.received.slice(0, 5).map(({ data }) => data['test']),
      [0, 0, undefined, 1, 1],
    );
    const tests = stream.received.filter(({ event }) => event === 'test');
    assert.deepEqual(
      tests.map(({ data }) => data),
      stream.last.data['tests'],
    );
    assert.deepEqual(
      tests.map(({ data }) => data['verdict']),
      ['accepted', 'wrong_answer', 'skipped'],
    );
    assert.ok(stream.last.atMs - (tests[0]?.atMs ?? 0) > 200, 'the first test did not wait for the second');
  });

  test('an interactive run: what the program says, to the interactor and to the client', async () => {
    const stream = await RunStream.run(service, {
      code: 'print("ping", flush=True)\nprint(input(), "heard")',
      tests: [{}],
      interactor: {
        code: 'import sys\nassert input() == "ping"\nprint("pong", flush=True)\nassert input() == "pong heard"',
      },
    });
    assert.equal(stream.last.data['verdict'], 'accepted');
    assert.equal(stream.texts('stdout').join(''), 'ping\npong heard\n');
    assert.deepEqual(
      stream.names.filter((name) => name !== 'stdout'),
      ['started', 'test', 'result'],
    );
  });

  test('a refusal is an ordinary error', async () => {
    const REFUSALS = [
      [{ image: 'cobol', code: '1' }, 404, 'unknown_runtime'],
      [{ code: '1', timeout: -1 }, 422, 'invalid_request'],
      [{}, 400, 'invalid_request'],
    ] as const;
    for (const [body, status, code] of REFUSALS) {
      const response = await service.post(body, { headers: { accept: 'text/event-stream' } });
      assert.deepEqual([response.status, response.headers.get('content-type')], [status, 'application/problem+json']);
      assert.equal(((await response.json()) as { code: string }).code, code);
    }
  });

  test('a sandbox that is lost while its program runs is the last event, an error', async () => {
    const stream = await RunStream.open(service, { ...SLEEPER, isolation: 'container' });
    await stream.until('stdout');
    const filter = ['--filter', `label=${LABELS.instance}=${service.instanceId}`, '--filter', 'status=running'];
    const ids = execFileSync('docker', ['ps', '-q', ...filter], { encoding: 'utf8' })
      .trim()
      .split('\n');
    // One of an earlier run may end meanwhile, which makes the command fail.
    spawnSync('docker', ['kill', ...ids], { stdio: 'ignore' });
    const { event, data } = await stream.end();
    assert.deepEqual([event, data['code'], data['status']], ['error', 'internal', 500]);
  });

  test('a client that leaves ends the run within a second', async () => {
    const stream = await RunStream.open(service, { ...SLEEPER, args: ['leaver'] });
    await stream.until('stdout');
    await service.untilProcesses(/ leaver$/);
    const left = await service.metric('code_runner_streams_total{route="/run",end="left"}');
    stream.leave();
    await noContainers(service);
    assert.equal(await service.metric('code_runner_streams_total{route="/run",end="left"}'), left + 1);
    assert.equal(await service.metric('code_runner_streams_open{route="/run"}'), 0);
  });

  test('a client that reads nothing for STREAM_STALL ends the run', async () => {
    const stalled = () => service.metric('code_runner_streams_total{route="/run",end="stalled"}');
    const goneClients = () => service.log.filter((line) => line.includes('"reason":"client-gone"')).length;
    const [before, goneBefore] = [await stalled(), goneClients()];
    const stream = await RunStream.open(service, { ...FLOOD, args: ['stalled'] });
    const openedAt = performance.now();
    await service.untilProcesses(/ stalled$/);
    await eventually(async () => assert.equal(await stalled(), before + 1, 'the stall is noticed'), 5000);
    assert.ok(performance.now() - openedAt >= 950, 'not before its time');
    await noContainers(service);
    await eventually(() => assert.equal(goneClients(), goneBefore + 1, 'the log says so'), 1000);
    await assert.rejects(stream.end(), 'nothing looks like the end of a run');
  });
});

describe('a slow reader', () => {
  const limits = { MAX_CONCURRENT_RUNS: '1', MAX_QUEUE: '1', QUEUE_TIMEOUT: '1' };
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python', ...limits });
  });
  after(() => service.stop());

  test('holds up its program, is charged nothing for it, and loses nothing', async () => {
    const slow = await RunStream.open(service, { ...FLOOD, timeout: 3, args: ['slow'] });
    await service.untilProcesses(/ slow$/);
    // With more time to stall, the run lives on. Without a reader who is slow, its program would have ended long ago.
    await sleep(3500);
    await service.untilProcesses(/ slow$/);
    const { data } = await slow.end();
    assert.deepEqual([data['status'], data['stdout_truncated']], ['completed', false], JSON.stringify(data['usage']));
    assert.ok(slow.texts('stdout').join('') === floodText(), 'every byte arrived');
    assert.ok(data['stdout'] === floodText(), 'and the result has it too');
    assert.ok((data['usage'] as { wall_ms: number }).wall_ms < 3000);
  });

  test('what waits is told so once, and may still be refused; what cannot wait is an ordinary error', async () => {
    const running = await RunStream.open(service, SLEEPER);
    await running.until('stdout');
    const waiting = await RunStream.open(service, { code: 'print(1)' });
    const queued = await waiting.until('queued');
    assert.equal(queued.data['position'], 1);
    const refused = await service.post({ code: '1' }, { headers: { accept: 'application/x-ndjson' } });
    assert.deepEqual([refused.status, Number(refused.headers.get('retry-after')) >= 1], [503, true]);
    const { event, data } = await waiting.end();
    assert.deepEqual([waiting.names, event, data['code']], [['queued', 'error'], 'error', 'over_capacity']);
    const second = await RunStream.open(service, { code: 'print(2)' });
    await second.until('queued');
    running.leave();
    await second.end();
    assert.deepEqual(second.names, ['queued', 'started', 'stdout', 'result']);
    if (!IN_CELLS) await noContainers(service);
  });
});
