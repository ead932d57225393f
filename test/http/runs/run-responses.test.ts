import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { RunResult } from '../../../src/core/result.ts';
import { runResponseSchema } from '../../../src/http/runs/run-response-schema.ts';
import { compilation, compileFailed, type ExecutionChanges, execution, runResult } from '../../fixtures.ts';
import { harness, post } from '../harness.ts';

type Body = z.output<typeof runResponseSchema>;
const strictSchema = z.strictObject(runResponseSchema.shape);

async function answer(
  result: RunResult,
  fields: Record<string, unknown> = {},
): Promise<{ body: Body; response: Response }> {
  const { app } = harness({ run: async () => result });
  const response = await app.request('/run', post({ code: 'x', ...fields }));
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return { body: strictSchema.parse(await response.json()), response };
}

async function answerOf(changes: ExecutionChanges, fields: Record<string, unknown> = {}): Promise<Body> {
  return (await answer(runResult(execution(changes)), fields)).body;
}

test('a whole response', async () => {
  const { body } = await answer(runResult(execution({ stdout: '5050\n' })));
  assert.deepEqual(body, {
    run_id: 'run-1',
    status: 'completed',
    exit_code: 0,
    signal: null,
    stdout: '5050\n',
    stderr: '',
    stdout_truncated: false,
    stderr_truncated: false,
    invalid_utf8: false,
    execution_time: 0.0123,
    error: null,
    usage: { wall_ms: 12.35, cpu_ms: 10.9, memory_peak_bytes: 9_437_184 },
    compile: null,
    metadata: null,
    output_files: {},
    output_files_omitted: [],
    timings: {
      queue_ms: 0.11,
      sandbox_ms: 0.4,
      stage_ms: 0.8,
      compile_ms: 0,
      run_ms: 12.35,
      judge_ms: 0,
      collect_ms: 0.2,
      total_ms: 14.1,
    },
    sandbox: 'cold',
    isolation: 'container',
  });
});

test('what a failed program reported', async () => {
  const error = {
    type: 'ValueError',
    message: 'no',
    file: 'a/b.py',
    line: 2,
    column: null,
    traceback: 'ValueError: no',
  };
  assert.deepEqual((await answer(runResult(execution(), { error }))).body.error, error);
});

test('the answer says what the sandbox was', async () => {
  for (const isolation of ['cell', 'container'] as const)
    assert.equal((await answer(runResult(execution(), { isolation }))).body.isolation, isolation);
});

test('every way to end is a 200 response', async () => {
  const fates: [ExecutionChanges['fate'], Partial<Body>][] = [
    [
      { status: 'completed', exitCode: 139 },
      { status: 'completed', exit_code: 139, signal: null },
    ],
    [
      { status: 'signaled', signal: 11 },
      { status: 'signaled', exit_code: 139, signal: 'SIGSEGV' },
    ],
    [
      { status: 'signaled', signal: 6 },
      { status: 'signaled', exit_code: 134, signal: 'SIGABRT' },
    ],
    [
      { status: 'signaled', signal: 9 },
      { status: 'signaled', exit_code: 137, signal: 'SIGKILL' },
    ],
    [
      { status: 'signaled', signal: 64 },
      { status: 'signaled', exit_code: 192, signal: 'SIG64' },
    ],
    [{ status: 'timed_out' }, { status: 'timed_out', exit_code: -1, signal: null }],
    [{ status: 'out_of_memory' }, { status: 'out_of_memory', exit_code: 137, signal: null }],
    [{ status: 'output_limit_exceeded' }, { status: 'output_limit_exceeded', exit_code: 137, signal: null }],
  ];
  for (const [fate, expected] of fates) {
    const { status, exit_code, signal } = await answerOf(fate === undefined ? {} : { fate });
    assert.deepEqual({ signal: null, ...expected }, { status, exit_code, signal });
  }
});

test('usage that could not be measured is null', async () => {
  const usage = { wallMs: 1, cpuMs: undefined, memoryPeakBytes: undefined };
  assert.deepEqual((await answerOf({ usage })).usage, { wall_ms: 1, cpu_ms: null, memory_peak_bytes: null });
});

test('a cut never splits a character, wherever it falls', async () => {
  const whole = 'aé日😀';
  const bytes = Buffer.from(whole);
  const starts = [0, 1, 3, 6, 10];
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const { stdout, invalid_utf8, stdout_truncated } = await answerOf({
      stdout: bytes.subarray(0, cut),
      truncated: true,
    });
    const kept = starts.findLast((start) => start <= cut) ?? 0;
    assert.deepEqual(
      [stdout, invalid_utf8, stdout_truncated],
      [bytes.subarray(0, kept).toString(), false, true],
      `cut at ${cut}`,
    );
  }
});

test('a partial character that the program printed at the end is invalid, not hidden', async () => {
  const { stdout, invalid_utf8 } = await answerOf({ stdout: Buffer.from([0x61, 0xe6, 0x97]) });
  assert.deepEqual([stdout, invalid_utf8], ['a\ufffd', true]);
});

test('invalid UTF-8 is replaced and flagged, for either stream', async () => {
  for (const stream of ['stdout', 'stderr'] as const) {
    const body = await answerOf({ [stream]: Buffer.from([0x61, 0xff, 0x62]) });
    assert.deepEqual([body[stream], body.invalid_utf8], ['a\ufffdb', true]);
  }
  for (const [bytes, truncated] of [
    [[0x80, 0x80, 0x80, 0x80], true],
    [[0xff], true],
  ] as const) {
    const { stdout_truncated, stdout, invalid_utf8 } = await answerOf({ stdout: Buffer.from(bytes), truncated });
    assert.equal(stdout_truncated, true);
    assert.ok(invalid_utf8 || stdout === '');
  }
});

test('a genuine replacement character is not flagged; NUL and other control characters are kept', async () => {
  const { stdout, invalid_utf8 } = await answerOf({ stdout: '\ufffd\0\u001b[0m\ufeff' });
  assert.deepEqual([stdout, invalid_utf8], ['\ufffd\0\u001b[0m\ufeff', false]);
});

test('base64 is lossless', async () => {
  const bytes = Buffer.from([0, 255, 0xe6, 0x97]);
  const body = await answerOf({ stdout: bytes, stderr: bytes, truncated: true }, { output_encoding: 'base64' });
  assert.deepEqual(Buffer.from(body.stdout, 'base64'), bytes);
  assert.deepEqual(Buffer.from(body.stderr, 'base64'), bytes);
  assert.equal(body.invalid_utf8, false);
});

const FILES = {
  files: [
    { path: Buffer.from('a/text.txt'), content: Buffer.from('ü') },
    { path: Buffer.from('binary'), content: Buffer.from([0, 255]) },
    { path: Buffer.from('__proto__'), content: Buffer.from('p') },
    { path: Buffer.from([0x66, 0xff]), content: Buffer.from('lost?') },
  ],
  omitted: [{ path: Buffer.from('big'), reason: 'too_large' }],
};

test('output files: text as text, the rest as base64; files whose name is not UTF-8 are omitted', async () => {
  const { app } = harness({ run: async () => runResult(execution(), { collected: FILES }) });
  const response = await app.request('/run', post({ code: 'x' }));
  const { output_files, output_files_omitted } = (await response.json()) as Body;
  assert.deepEqual(Object.entries(output_files), [
    ['a/text.txt', { content: 'ü', encoding: 'utf-8', size: 2 }],
    ['binary', { content: 'AP8=', encoding: 'base64', size: 2 }],
    ['__proto__', { content: 'p', encoding: 'utf-8', size: 1 }],
  ]);
  assert.deepEqual(output_files_omitted, [
    { path: 'big', reason: 'too_large' },
    { path: 'f\ufffd', reason: 'name_not_utf8' },
  ]);
});

test('output files as base64 if requested', async () => {
  const { body } = await answer(runResult(execution(), { collected: FILES }), { output_encoding: 'base64' });
  assert.deepEqual(body.output_files['a/text.txt'], { content: 'w7w=', encoding: 'base64', size: 2 });
});

test('a program that does not compile: the compiler’s output and exit code', async () => {
  const compile = compilation(
    { fate: { status: 'completed', exitCode: 2 }, stdout: 'note', stderr: 'syntax error' },
    true,
  );
  const { body } = await answer(compileFailed(compile));
  assert.deepEqual(
    [body.status, body.exit_code, body.stderr, body.stdout],
    ['compile_failed', 2, 'syntax error', 'note'],
  );
  assert.deepEqual(body.compile, {
    status: 'completed',
    exit_code: 2,
    stdout: 'note',
    stderr: 'syntax error',
    usage: { wall_ms: 12.35, cpu_ms: 10.9, memory_peak_bytes: 9_437_184 },
    cached: true,
  });
});

test('a compiler that is killed has no exit code of its own', async () => {
  const { body } = await answer(compileFailed(compilation({ fate: { status: 'timed_out' } })));
  assert.deepEqual([body.status, body.exit_code, body.compile?.status], ['compile_failed', -1, 'timed_out']);
  const { body: killed } = await answer(compileFailed(compilation({ fate: { status: 'signaled', signal: 11 } })));
  assert.deepEqual([killed.status, killed.exit_code], ['compile_failed', 139]);
});

test('a run after a compile phase has both', async () => {
  const { body } = await answer({
    ...runResult(execution({ stdout: 'ran' })),
    compile: compilation({ stderr: 'warning' }),
    run: execution({ stdout: 'ran' }),
    status: 'completed',
  });
  assert.deepEqual([body.stdout, body.stderr, body.compile?.stderr], ['ran', '', 'warning']);
});

test('execution_time is compiling plus running, in seconds with four decimals', async () => {
  const timings = {
    queueMs: 9,
    sandboxMs: 9,
    stageMs: 9,
    compileMs: 1000.06,
    runMs: 234.5,
    judgeMs: 9,
    collectMs: 9,
    totalMs: 9999,
  };
  assert.equal((await answer(runResult(execution(), { timings }))).body.execution_time, 1.2346);
});

test('metadata is any JSON value', async () => {
  for (const metadata of [null, 0, '', false, [], { a: [1, { b: null }] }]) {
    assert.deepEqual((await answer(runResult(execution(), { metadata }))).body.metadata, metadata);
  }
});

test('the timings are also in a header', async () => {
  const { response } = await answer(runResult());
  assert.equal(
    response.headers.get('server-timing'),
    'queue;dur=0.11, sandbox;dur=0.4, stage;dur=0.8, compile;dur=0, run;dur=12.35, judge;dur=0, collect;dur=0.2, total;dur=14.1',
  );
});
