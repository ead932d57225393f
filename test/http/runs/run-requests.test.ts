import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../../src/core/limits.ts';
import { MEBIBYTE, POLICY } from '../../fixtures.ts';
import { accepted, harness, post } from '../harness.ts';

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

test('fields that are left out get the operator’s defaults', async () => {
  assert.deepEqual(await accepted({ code: 'print(1)' }), {
    runtime: 'python',
    code: 'print(1)',
    files: [],
    entrypoint: undefined,
    args: [],
    stdin: Buffer.alloc(0),
    environment: {},
    limits: defaultLimits(POLICY),
    isolation: 'cell',
    outputFiles: [],
    maxOutputFilesBytes: 8 * MEBIBYTE,
    judging: undefined,
  });
});

const EVERY_FIELD = [
  'code',
  'image',
  'files',
  'entrypoint',
  'args',
  'stdin',
  'environment',
  'isolation',
  'timeout',
  'compile_timeout',
  'cpu_timeout',
  'mem_limit',
  'cpu_shares',
  'cpus',
  'disk_limit',
  'pids_limit',
  'output_limit',
  'allow_network',
  'prebuild_spec',
  'output_files',
  'output_encoding',
  'tests',
  'comparison',
  'stop_on_failure',
  'checker',
  'interactor',
];

test('null means the same as leaving out, for every field', async () => {
  const nothing = await accepted({ code: 'x' });
  for (const field of EVERY_FIELD.filter((name) => name !== 'code')) {
    assert.deepEqual(await accepted({ code: 'x', [field]: null }), nothing, field);
  }
  assert.equal((await accepted({ code: null, entrypoint: 'ls' })).code, undefined);
});

test('every field reaches the runner', async () => {
  const request = await accepted({
    code: 'c',
    image: 'code-runner-go',
    files: { 'a.txt': 'A', 'b/c': { content: 'Qg==', encoding: 'base64' }, './d': { content: 'D' } },
    entrypoint: 'echo hi',
    args: ['-x', '', 'ü\n'],
    stdin: { content: 'AP8=', encoding: 'base64' },
    environment: { A: '1', 'odd name': 'x=y' },
    isolation: 'container',
    timeout: 1.5,
    compile_timeout: 2,
    cpu_timeout: 0.25,
    mem_limit: '64m',
    cpu_shares: 2,
    cpus: 0.5,
    disk_limit: '32M',
    pids_limit: 1,
    output_limit: '1',
    allow_network: true,
    output_files: ['*.txt'],
    output_encoding: 'base64',
  });
  const { files, stdin, ...rest } = request;
  assert.deepEqual(
    files.map(({ path, content }) => [path, text(content)]),
    [
      ['a.txt', 'A'],
      ['b/c', 'B'],
      ['d', 'D'],
    ],
  );
  assert.deepEqual(Buffer.from(stdin), Buffer.from([0, 255]));
  assert.deepEqual(rest, {
    runtime: 'code-runner-go',
    code: 'c',
    entrypoint: 'echo hi',
    args: ['-x', '', 'ü\n'],
    environment: { A: '1', 'odd name': 'x=y' },
    limits: {
      timeoutMs: 1500,
      compileTimeoutMs: 2000,
      cpuTimeoutMs: 250,
      memoryBytes: 64 * MEBIBYTE,
      cpuShares: 2,
      cpus: 0.5,
      diskBytes: 32 * MEBIBYTE,
      pids: 1,
      outputBytes: 1,
      network: true,
    },
    isolation: 'container',
    outputFiles: ['*.txt'],
    maxOutputFilesBytes: 8 * MEBIBYTE,
    judging: undefined,
  });
});

test('the isolation is the operator’s, or a container of its own for whoever asks for one; a checker has the same', async () => {
  for (const [isolation, asked, expected] of [
    ['cell', undefined, 'cell'],
    ['cell', 'container', 'container'],
    ['container', undefined, 'container'],
    ['container', 'container', 'container'],
  ] as const) {
    const body = { code: 'x', isolation: asked, tests: [{}], checker: { code: 'c' } };
    const { isolation: granted, judging } = await accepted(body, { isolation });
    assert.equal(granted, expected);
    assert.ok(judging?.judge.kind === 'checker');
    assert.equal(judging.judge.program.isolation, expected);
  }
});

test('a value exactly at a ceiling is accepted', async () => {
  const { limits } = await accepted({
    code: 'x',
    timeout: 300,
    compile_timeout: 300,
    cpu_timeout: 300,
    mem_limit: '2g',
    cpu_shares: 262_144,
    cpus: 4,
    disk_limit: '5000m',
    pids_limit: 1024,
    output_limit: '16m',
  });
  assert.equal(limits.timeoutMs, 300_000);
  assert.equal(limits.memoryBytes, 2048 * MEBIBYTE);
});

test('sizes in every spelling', async () => {
  for (const size of ['64m', '64M', '64mb', '64MB', '64Mi', '64MiB', '65536k', String(64 * MEBIBYTE), 64 * MEBIBYTE]) {
    assert.equal((await accepted({ code: 'x', mem_limit: size })).limits.memoryBytes, 64 * MEBIBYTE, String(size));
  }
});

test('a tiny limit never becomes 0, which would mean no limit', async () => {
  const { limits } = await accepted({ code: 'x', timeout: 1e-9, cpu_timeout: 1e-9, compile_timeout: 1e-9 });
  assert.deepEqual([limits.timeoutMs, limits.cpuTimeoutMs, limits.compileTimeoutMs], [1, 1, 1]);
});

test('1 MiB of code really runs', async () => {
  assert.equal((await accepted({ code: 'x'.repeat(MEBIBYTE) })).code?.length, MEBIBYTE);
});

test('the longest argument, variable and pattern', async () => {
  await accepted({ code: 'x', args: ['x'.repeat(131_071)] });
  await accepted({ code: 'x', environment: { A: 'x'.repeat(131_069) } });
  await accepted({ code: 'x', output_files: ['x'.repeat(4095)] });
});

test('empty code counts as no code', async () => {
  assert.equal((await accepted({ code: '', entrypoint: 'ls' })).code, undefined);
  assert.equal((await accepted({ code: 'x', entrypoint: '' })).entrypoint, undefined);
});

test('text with escapes, other scripts and control characters arrives unchanged', async () => {
  const code = 'print("\\u0000 \u0000 \u2028 日本 \u{1f600} \r\n\t\\")';
  assert.equal((await accepted({ code })).code, code);
});

test('names of Object’s members are ordinary names', async () => {
  for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
    const request = await accepted(`{"code":"x","files":{"${name}":"F"},"environment":{"${name}":"E"}}`);
    assert.deepEqual(
      request.files.map(({ path, content }) => [path, text(content)]),
      [[name, 'F']],
    );
    assert.deepEqual(Object.entries(request.environment), [[name, 'E']]);
  }
});

test('a run has the request id and a valid traceparent', async () => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { app, calls } = harness();
  await app.request('/run', post({ code: 'x' }, { 'x-request-id': 'mine', traceparent: trace }));
  await app.request('/run', post({ code: 'x' }, { 'x-request-id': 'mine', traceparent: `${trace}\tx` }));
  assert.deepEqual(
    calls.map(({ context }) => [context.requestId, context.traceparent]),
    [
      ['mine', trace],
      ['mine', undefined],
    ],
  );
});

test('a client that disconnects aborts its run, with a typed reason', async () => {
  const client = new AbortController();
  const { app, errors } = harness({
    run: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        setImmediate(() => client.abort());
      }),
  });
  const response = await app.request(
    new Request('http://localhost/run', { ...post({ code: 'x' }), signal: client.signal }),
  );
  assert.equal(response.status, 499);
  assert.deepEqual(errors, [], 'no unexpected error');
});
