import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { RunAborted, RunnerError } from '../../src/core/errors.ts';
import type { RunResult, TestResult } from '../../src/core/result.ts';
import { Metrics } from '../../src/observability/metrics.ts';
import { createRunObserver } from '../../src/observability/run-observer.ts';
import type { RunOutcome } from '../../src/runs/recorder.ts';
import { compilation, compileFailed, execution, runResult } from '../fixtures.ts';

const CONTEXT = { runId: 'run-1', requestId: 'request-1', traceparent: undefined, tenant: 'anonymous' };

interface Line extends Record<string, unknown> {
  readonly level: string;
}

type Logger = Parameters<typeof createRunObserver>[0];

/** The log lines for the outcome of a run. */
function linesOf(outcome: Partial<RunOutcome>, metrics = createMetrics()): Line[] {
  const lines: Line[] = [];
  const write = (level: string) => (fields: object, message: string) => lines.push({ level, message, ...fields });
  const logger = { info: write('info'), warn: write('warn'), error: write('error') } as unknown as Logger;
  createRunObserver(logger, metrics).runEnded({
    runtime: 'python',
    context: CONTEXT,
    totalMs: 14.126,
    result: undefined,
    error: undefined,
    notes: [],
    ...outcome,
  });
  return lines;
}

function createMetrics(): Metrics {
  const metrics = new Metrics();
  metrics.watch({
    running: () => 3,
    queued: () => 4,
    slots: () => 4,
    pool: () => [],
    compileCacheBytes: () => 4096,
  });
  return metrics;
}

test('a successful run is one line: how it ended and what it cost', () => {
  assert.deepEqual(linesOf({ result: runResult(execution({ stdout: '12345', stderr: '1' })) }), [
    {
      level: 'info',
      message: 'run',
      run_id: 'run-1',
      request_id: 'request-1',
      tenant: 'anonymous',
      runtime: 'python',
      total_ms: 14.13,
      status: 'completed',
      exit_code: 0,
      sandbox: 'cold',
      isolation: 'container',
      queue_ms: 0.11,
      sandbox_ms: 0.4,
      compile_ms: 0,
      run_ms: 12.35,
      cpu_ms: 10.9,
      memory_peak_bytes: 9_437_184,
      stdout_bytes: 5,
      stderr_bytes: 1,
    },
  ]);
});

test('a judged run is one line: the verdict, the number of tests, and what all of them cost', async () => {
  const run = execution({ usage: { wallMs: 1, cpuMs: 10.5, memoryPeakBytes: 100 } });
  const hungry = execution({ usage: { wallMs: 1, cpuMs: 20, memoryPeakBytes: 300 } });
  const lost = execution({ usage: { wallMs: 1, cpuMs: undefined, memoryPeakBytes: undefined } });
  const tests = [run, hungry, lost, undefined].map(
    (done): TestResult => ({
      name: 'S3CR3T',
      verdict: 'wrong_answer',
      message: 'S3CR3T',
      execution: done,
      error: null,
    }),
  );
  const result = { ...runResult(run), judgement: { verdict: 'wrong_answer' as const, tests } };
  const metrics = createMetrics();
  const [line] = linesOf({ result }, metrics);
  assert.deepEqual(
    [line?.['verdict'], line?.['tests'], line?.['judge_ms'], line?.['cpu_ms'], line?.['memory_peak_bytes']],
    ['wrong_answer', 4, 0, 30.5, 300],
  );
  assert.doesNotMatch(JSON.stringify(line), /S3CR3T/);
  assert.match(await metrics.render(), /code_runner_verdicts_total\{runtime="python",verdict="wrong_answer"\} 1/);
});

test('a judged program that did not compile: the line describes the compile phase', () => {
  const compile = compilation({ usage: { wallMs: 1, cpuMs: 7, memoryPeakBytes: undefined } });
  const tests = [
    { name: undefined, verdict: 'compile_error', message: undefined, execution: undefined, error: null },
  ] as const;
  const result = { ...compileFailed(compile), judgement: { verdict: 'compile_error' as const, tests } };
  const [line] = linesOf({ result });
  assert.deepEqual([line?.['verdict'], line?.['tests'], line?.['cpu_ms']], ['compile_error', 1, 7]);
  assert.ok(line && !('memory_peak_bytes' in line), 'unknown values are left out');
});

test('a line for every way to end', () => {
  const results: [RunResult, Record<string, unknown>][] = [
    [
      runResult(execution({ fate: { status: 'signaled', signal: 11 } })),
      { status: 'signaled', signal: 11, exit_code: undefined },
    ],
    [
      runResult(execution({ fate: { status: 'timed_out' } })),
      { status: 'timed_out', signal: undefined, exit_code: undefined },
    ],
    [
      compileFailed(compilation({ fate: { status: 'completed', exitCode: 2 } }, true)),
      { status: 'compile_failed', exit_code: 2, compile_cached: true },
    ],
  ];
  for (const [result, expected] of results) {
    const [line, ...more] = linesOf({ result });
    assert.deepEqual(
      [more, Object.fromEntries(Object.keys(expected).map((key) => [key, line?.[key]]))],
      [[], expected],
    );
  }
});

test('the trace and the notes, if there are any', () => {
  const result = runResult();
  assert.deepEqual(
    Object.keys(linesOf({ result })[0] ?? {}).filter((key) => /trace|notes/.test(key)),
    [],
  );
  const context = { ...CONTEXT, traceparent: '00-abc' };
  const [line] = linesOf({ result, context, notes: ['metadata ignored: not JSON'] });
  assert.deepEqual([line?.['traceparent'], line?.['notes']], ['00-abc', ['metadata ignored: not JSON']]);
});

test('the line contains no code, input or output', () => {
  const secret = 'S3CR3T';
  const output = execution({ stdout: secret, stderr: secret });
  const collected = { files: [{ path: Buffer.from('f'), content: Buffer.from(secret) }], omitted: [] };
  for (const result of [
    runResult(output, { metadata: { secret }, collected }),
    compileFailed({ ...output, cached: false, spentMs: 1 }),
  ]) {
    const text = JSON.stringify(linesOf({ result }));
    assert.doesNotMatch(text, /S3CR3T/);
    assert.doesNotMatch(text, new RegExp(Buffer.from(secret).toString('base64').replace(/=+$/, '')));
  }
});

test('a failed run is one line, an error only if the service or the operator is at fault', () => {
  const why = new Error('why');
  const failures: [unknown, Record<string, unknown>][] = [
    [
      new RunnerError('over_capacity', 'Full.'),
      { level: 'info', code: 'over_capacity', detail: 'Full.', cause: undefined },
    ],
    [new RunnerError('draining', 'Later.'), { level: 'info', code: 'draining' }],
    [new RunnerError('invalid_request', 'No.'), { level: 'info', code: 'invalid_request' }],
    [new RunnerError('internal', 'Oh.', { cause: why }), { level: 'error', code: 'internal', err: why }],
    [new RunnerError('engine_unavailable', 'Oh.', { cause: 'why' }), { level: 'error', cause: 'why' }],
    [new RunnerError('runtime_not_ready', 'Oh.'), { level: 'error', code: 'runtime_not_ready' }],
    [new RunAborted('client-gone'), { level: 'info', reason: 'client-gone', code: undefined }],
  ];
  for (const [error, expected] of failures) {
    const [line, ...more] = linesOf({ error });
    assert.deepEqual(
      [more, Object.fromEntries(Object.keys(expected).map((key) => [key, line?.[key]]))],
      [[], expected],
    );
    assert.equal(line?.['message'], 'run failed');
    assert.equal(line?.['request_id'], 'request-1');
  }
  const unforeseen = new TypeError('x');
  const [line] = linesOf({ error: unforeseen });
  assert.deepEqual([line?.level, line?.['err']], ['error', unforeseen]);
});

test('the log is JSON lines on standard output, at the configured level', () => {
  const script = `import { createLogger } from './src/observability/logger.ts';
    const logger = createLogger('warning');
    logger.info('quiet'); logger.warn({ err: new Error('outer', { cause: new Error('inner') }) }, 'loud');`;
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.['msg'], 'loud');
  assert.match(String(lines[0]?.['time']), /^\d{4}-\d\d-\d\dT/);
  assert.match(JSON.stringify(lines[0]), /inner/);
});

test('runs are counted by how they ended, and measured by phase', async () => {
  const metrics = createMetrics();
  linesOf({ result: runResult() }, metrics);
  linesOf({ result: runResult() }, metrics);
  linesOf({ result: compileFailed(compilation()) }, metrics);
  linesOf({ error: new RunnerError('over_capacity', 'Full.') }, metrics);
  linesOf({ error: new RunAborted('client-gone') }, metrics);
  linesOf({ error: new Error('x') }, metrics);
  const text = await metrics.render();
  for (const [status, count] of Object.entries({
    completed: 2,
    compile_failed: 1,
    over_capacity: 1,
    'client-gone': 1,
    internal: 1,
  })) {
    assert.ok(text.includes(`code_runner_runs_total{runtime="python",status="${status}"} ${count}\n`), status);
  }
  assert.ok(text.includes('code_runner_phase_seconds_count{runtime="python",phase="run"} 3\n'));
  assert.match(text, /code_runner_phase_seconds_sum\{runtime="python",phase="total"\} 0\.0423/);
});

test('the tenant is in the log line and in no metric label', async () => {
  const metrics = createMetrics();
  const [line] = linesOf({ result: runResult(), context: { ...CONTEXT, tenant: 'credential/user' } }, metrics);
  assert.equal(line?.['tenant'], 'credential/user');
  assert.doesNotMatch(await metrics.render(), /credential/);
});

test('a run that was refused before its runtime was known has a line without a runtime and its own metric label', async () => {
  const metrics = createMetrics();
  const [line] = linesOf({ runtime: undefined, error: new RunnerError('malformed_json', 'No.') }, metrics);
  assert.ok(line && !('runtime' in line));
  assert.deepEqual([line.level, line['tenant'], line['code']], ['info', 'anonymous', 'malformed_json']);
  const text = await metrics.render();
  assert.ok(text.includes('code_runner_runs_total{runtime="unknown",status="malformed_json"} 1\n'), text);
});

test('every phase is measured separately', async () => {
  const metrics = createMetrics();
  const result = runResult();
  linesOf({ result }, metrics);
  const text = await metrics.render();
  for (const [name, milliseconds] of Object.entries(result.timings)) {
    const phase = name.replace(/Ms$/, '');
    const [, sum] =
      new RegExp(`^code_runner_phase_seconds_sum\\{runtime="python",phase="${phase}"\\} (.+)$`, 'm').exec(text) ?? [];
    assert.equal(Number(sum), milliseconds / 1000, phase);
  }
});

test('requests are counted by route and status; gauges are read at each scrape', async () => {
  let running = 3;
  const metrics = new Metrics();
  metrics.watch({
    running: () => running,
    queued: () => 4,
    slots: () => 4,
    pool: () => [
      { image: 'code-runner-python', warm: 2, starting: 1, memoryBytes: 512 },
      { image: 'code-runner-go', warm: 1, starting: 0, memoryBytes: 256 },
    ],
    compileCacheBytes: () => 4096,
  });
  metrics.responseSent('/run', 200);
  metrics.responseSent('/run', 200);
  metrics.runShed('tenant');
  metrics.runShed('service');
  metrics.runShed('service');
  const text = await metrics.render();
  assert.ok(text.includes('code_runner_http_requests_total{route="/run",status="200"} 2\n'));
  assert.ok(text.includes('code_runner_runs_shed_total{reason="tenant"} 1\n'));
  assert.ok(text.includes('code_runner_runs_shed_total{reason="service"} 2\n'));
  assert.ok(text.includes('code_runner_runs_in_progress 3\n'));
  assert.ok(text.includes('code_runner_compile_cache_bytes 4096\n'));
  assert.ok(text.includes('code_runner_queue_depth 4\n'));
  assert.ok(text.includes('code_runner_pool_memory_bytes 768\n'));
  assert.ok(text.includes('code_runner_pool_sandboxes{image="code-runner-python",state="warm"} 2\n'));
  assert.ok(text.includes('code_runner_pool_sandboxes{image="code-runner-python",state="starting"} 1\n'));
  running = 5;
  assert.ok((await metrics.render()).includes('code_runner_runs_in_progress 5\n'));
  assert.match(metrics.contentType, /^text\/plain/);
});
