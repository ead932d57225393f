import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEBIBYTE, POLICY } from '../../fixtures.ts';
import { harness, post, problemOf, refused } from '../harness.ts';

/** Bodies that are refused: fields to send in addition to `code`, the pointer of the error, and its message. */
const INVALID: [fields: Record<string, unknown>, pointer: string, message: RegExp][] = [
  [{ unknown: 1 }, '/unknown', /^unknown field$/],
  [{ time_out: 1 }, '/time_out', /^unknown field: did you mean timeout\?$/],
  [{ memory_limit: 1 }, '/memory_limit', /^unknown field: did you mean mem_limit\?$/],
  [{ 'a/b~c': 1 }, '/a~1b~0c', /^unknown field$/],
  [{ code: 1 }, '/code', /string/],
  [{ code: 'a\ud800' }, '/code', /surrogates/],
  [{ image: ['python'] }, '/image', /string/],
  [{ files: [] }, '/files', /record|object/],
  [{ files: { 'a.txt': 1 } }, '/files/a.txt', /text or/],
  [{ files: { 'a.txt': { content: 'x', encoding: 'latin1' } } }, '/files/a.txt', /text or/],
  [{ files: { 'a.txt': { content: '*', encoding: 'base64' } } }, '/files/a.txt', /./],
  [{ files: { 'a.txt': { content: 'eA', encoding: 'base64' } } }, '/files/a.txt', /./],
  [{ files: { 'a.txt': { content: 'x', extra: 1 } } }, '/files/a.txt/extra', /unknown field/],
  [{ files: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}`, ''])) }, '/files', /MAX_FILES/],
  [{ entrypoint: 'a\0b' }, '/entrypoint', /NUL/],
  [{ isolation: 'cell' }, '/isolation', /^must be "container"$/],
  [{ isolation: 'containers' }, '/isolation', /^must be "container"$/],
  [{ isolation: true }, '/isolation', /^must be "container"$/],
  [{ args: 'x' }, '/args', /array/],
  [{ args: ['ok', 'a\0b'] }, '/args/1', /NUL/],
  [{ args: [1] }, '/args/0', /string/],
  [{ args: ['x'.repeat(131_072)] }, '/args/0', /131071/],
  [{ args: ['\udfff'] }, '/args/0', /surrogates/],
  [{ args: Array(6).fill('x'.repeat(100_000)) }, '', /together/],
  [{ args: Array(60_000).fill('') }, '', /together/],
  [{ args: Array(65_537).fill(1) }, '/args', /65536/],
  [{ stdin: 5 }, '/stdin', /text or/],
  [{ stdin: { content: '====', encoding: 'base64' } }, '/stdin', /./],
  [{ environment: { ENCODED_CODE: 'x' } }, '/environment/ENCODED_CODE', /reserved/],
  [{ environment: { ENCODED_FILES: 'x' } }, '/environment/ENCODED_FILES', /reserved/],
  [{ environment: { CUSTOM_ENTRYPOINT: 'x' } }, '/environment/CUSTOM_ENTRYPOINT', /reserved/],
  [{ environment: { CODE_RUNNER_METADATA: 'x' } }, '/environment/CODE_RUNNER_METADATA', /reserved/],
  [{ environment: { CODE_RUNNER_: 'x' } }, '/environment/CODE_RUNNER_', /reserved/],
  [{ environment: { 'CODE_RUNNER_A\nB': 'x' } }, '/environment/CODE_RUNNER_A\nB', /reserved/],
  [{ environment: { '': 'x' } }, '/environment/', /empty/],
  [{ environment: { 'A=B': 'x' } }, '/environment/A=B', /=/],
  [{ environment: { 'A\0': 'x' } }, '/environment/A\0', /NUL/],
  [{ environment: { A: 'x\0' } }, '/environment/A', /NUL/],
  [{ environment: { A: 1 } }, '/environment/A', /string/],
  [{ environment: { ['N'.repeat(100_000)]: 'x'.repeat(100_000) } }, '/environment', /together/],
  [{ timeout: 0 }, '/timeout', /more than 0/],
  [{ timeout: -1 }, '/timeout', /more than 0/],
  [{ timeout: 300.1 }, '/timeout', /at most 300 seconds \(MAX_TIMEOUT\)/],
  [{ timeout: '5' }, '/timeout', /number/],
  [{ compile_timeout: 0 }, '/compile_timeout', /more than 0/],
  [{ compile_timeout: 301 }, '/compile_timeout', /at most 300 seconds \(MAX_COMPILE_TIMEOUT\)/],
  [{ cpu_timeout: -0.1 }, '/cpu_timeout', /more than 0/],
  [{ cpu_timeout: 301 }, '/cpu_timeout', /MAX_TIMEOUT/],
  [{ mem_limit: '0' }, '/mem_limit', /at least 16m/],
  [{ mem_limit: '-1' }, '/mem_limit', /size such as/],
  [{ mem_limit: '2049m' }, '/mem_limit', /at most 2g \(MAX_MEMORY_MB\)/],
  [{ mem_limit: '999999999999g' }, '/mem_limit', /MAX_MEMORY_MB/],
  [{ mem_limit: 256 }, '/mem_limit', /at least 16m/],
  [{ mem_limit: 1.5 }, '/mem_limit', /size such as/],
  [{ mem_limit: true }, '/mem_limit', /size such as/],
  [{ mem_limit: 2 ** 31 + 1 }, '/mem_limit', /at most 2g/],
  [{ cpu_shares: 0 }, '/cpu_shares', /2/],
  [{ cpu_shares: 1 }, '/cpu_shares', /2/],
  [{ cpu_shares: 262_145 }, '/cpu_shares', /262144/],
  [{ cpu_shares: 2.5 }, '/cpu_shares', /int/],
  [{ cpus: 0 }, '/cpus', /0\.01/],
  [{ cpus: -1 }, '/cpus', /0\.01/],
  [{ cpus: 4.1 }, '/cpus', /at most 4 \(MAX_CPU_CORES\)/],
  [{ disk_limit: '0m' }, '/disk_limit', /at least 1m/],
  [{ disk_limit: '5001m' }, '/disk_limit', /at most 5000m \(MAX_DISK_MB\)/],
  [{ disk_limit: '1m', code: 'x'.repeat(MEBIBYTE) }, '/disk_limit', /too small/],
  [{ pids_limit: 0 }, '/pids_limit', /1/],
  [{ pids_limit: -1 }, '/pids_limit', /1/],
  [{ pids_limit: 1025 }, '/pids_limit', /at most 1024 \(MAX_PIDS\)/],
  [{ output_limit: '0' }, '/output_limit', /at least 1/],
  [{ output_limit: '17m' }, '/output_limit', /at most 16m \(MAX_OUTPUT\)/],
  [{ allow_network: 'true' }, '/allow_network', /boolean/],
  [{ prebuild_spec: { setup_script: 'true' } }, '/prebuild_spec', /prebuilds are off/],
  [{ packages: ['numpy'] }, '/packages', /prebuilds are off/],
  [{ output_files: ['a\0'] }, '/output_files/0', /NUL/],
  [{ output_files: [''] }, '/output_files/0', /./],
  [{ output_files: ['x'.repeat(4096)] }, '/output_files/0', /4095/],
  [{ output_files: ['日'.repeat(1366)] }, '/output_files/0', /4095/],
  [{ output_files: Array(101).fill('x') }, '/output_files', /100/],
  [{ output_encoding: 'latin1' }, '/output_encoding', /utf-8/],
];

for (const [fields, pointer, message] of INVALID) {
  test(`422: ${JSON.stringify(fields).slice(0, 70)}`, async () => {
    const problem = await refused({ code: 'x', ...fields });
    assert.equal(problem.status, 422);
    assert.equal(problem.code, 'invalid_request');
    const [error] = problem.errors ?? [];
    assert.equal(error?.pointer, pointer);
    assert.match(error?.message ?? '', message);
    assert.ok(problem.detail.endsWith(error?.message ?? '-'), 'the detail is the first error');
  });
}

test('422: a network that the operator does not allow; false is accepted', async () => {
  const policy = { ...POLICY, networkAllowed: false };
  const problem = await refused({ code: 'x', allow_network: true }, { policy });
  assert.deepEqual([problem.status, problem.errors?.[0]?.pointer], [422, '/allow_network']);
  assert.match(problem.detail, /NETWORK_POLICY/);
  const { app } = harness({ policy });
  assert.equal((await app.request('/run', post({ code: 'x', allow_network: false }))).status, 200);
});

test('422: all problems are reported at once', async () => {
  const problem = await refused({ code: 1, timeout: 0, colour: 'red', environment: { CODE_RUNNER_X: '1' } });
  const pointers = problem.errors?.map(({ pointer }) => pointer).sort();
  assert.deepEqual(pointers, ['/code', '/colour', '/environment/CODE_RUNNER_X', '/timeout']);
});

test('a request with a million mistakes is refused quickly with a short response', {
  timeout: 10_000,
}, async () => {
  const many = 1_000_000;
  const bodies = [
    `{"args":[${Array(many).fill(1)}]}`,
    `{"output_files":[${Array(many).fill(1)}]}`,
    `{"files":{${Array.from({ length: many }, (_, index) => `"${index}":1`)}}}`,
    `{"environment":{${Array.from({ length: many }, (_, index) => `"${index}":1`)}}}`,
    `{${Array.from({ length: 100_000 }, (_, index) => `"${index}":1`)}}`,
  ];
  for (const body of bodies) assert.ok(JSON.stringify(await refused(body)).length < 20_000);
});

test('a thousand deep paths are checked quickly', { timeout: 10_000 }, async () => {
  const files = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${'a/'.repeat(2040)}${index}`, '']));
  const startedAt = performance.now();
  assert.equal((await harness().app.request('/run', post({ code: 'x', files }))).status, 200);
  assert.ok(performance.now() - startedAt < 3000);
});

for (const body of ['[]', '"text"', '5', 'null', 'true']) {
  test(`422: the body is ${body}`, async () => {
    const problem = await refused(body);
    assert.deepEqual([problem.status, problem.code], [422, 'invalid_request']);
  });
}

test('a name of a megabyte is cut in the response, wherever it occurs', async () => {
  const long = 'x'.repeat(1_000_000);
  const bodies = [
    { [long]: 1 },
    { files: { [long]: '' } },
    { files: { [long]: 1 } },
    { environment: { [long]: 'x\0' } },
    { tests: [{ [long]: 1 }] },
  ];
  for (const body of bodies) {
    const problem = await refused({ code: 'x', ...body });
    assert.ok(JSON.stringify(problem).length < 1000, JSON.stringify(problem).slice(0, 1000));
  }
});

for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
  test(`422: ${name} as a field`, async () => {
    const problem = await refused(`{"code":"x","${name}":{"polluted":1}}`);
    assert.deepEqual([problem.status, problem.errors?.[0]?.pointer], [422, `/${name}`]);
  });
}

test('422: a key that would be lost is refused, not dropped', async () => {
  for (const field of ['files', 'environment']) {
    const problem = await refused(`{"code":"x","${field}":{"__proto__":"y"}}`);
    assert.deepEqual([problem.status, problem.errors?.[0]?.pointer], [422, `/${field}/__proto__`]);
  }
});

const MALFORMED: Record<string, string | Uint8Array> = {
  nothing: '',
  'no JSON': 'code=print(1)',
  'half a body': '{"code":"x"',
  'a trailing comma': '{"code":"x",}',
  'a byte order mark in the middle': '{"code":\ufeff"x"}',
  'bytes that are not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
  'a string that is not UTF-8': Buffer.concat([Buffer.from('{"code":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
};

for (const [what, body] of Object.entries(MALFORMED)) {
  test(`400 malformed_json: ${what}`, async () => {
    const problem = await refused(body);
    assert.deepEqual([problem.status, problem.code], [400, 'malformed_json']);
  });
}

test('415: a body without a JSON content type', async () => {
  for (const type of [
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
    'application/xml',
  ]) {
    const { app, calls } = harness();
    const problem = await problemOf(await app.request('/run', post('{"code":"x"}', { 'content-type': type })));
    assert.deepEqual([problem.status, problem.code], [415, 'unsupported_media_type'], type);
    assert.equal(calls.length, 0);
  }
});

test('a body with a JSON content type is never treated as empty', async () => {
  const types = [
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/json;charset=UTF-8',
    'application/vnd.api+json',
  ];
  const odd = [
    'application/json ; charset=utf-8',
    'application/json;',
    'application/json; charset="utf-8"; x',
    'application/a_1+json',
  ];
  for (const type of [...types, ...odd]) {
    const { app, calls } = harness();
    const response = await app.request('/run', post({ code: 'the code' }, { 'content-type': type }));
    if (response.status === 200) assert.equal(calls[0]?.request.code, 'the code', type);
    else assert.equal((await problemOf(response)).status, odd.includes(type) ? 415 : 200, type);
  }
});

const INVALID_NAMES = ['', '/abs', '../up', 'a/../b', '..', 'nul\0', 'x'.repeat(256), 'dir/', '.', '\ud800'];

for (const name of INVALID_NAMES) {
  test(`400: the file name ${JSON.stringify(name).slice(0, 40)}`, async () => {
    const problem = await refused({ code: 'x', files: { [name]: '' } });
    assert.deepEqual([problem.status, problem.code], [400, 'invalid_request']);
    assert.equal(problem.detail, `Invalid filename: ${name.length > 200 ? `${name.slice(0, 200)}…` : name}`);
  });
}

test('400: files that conflict', async () => {
  const problem = await refused({ code: 'x', files: { a: '', './a': '' } });
  assert.deepEqual([problem.status, problem.detail], [400, 'Invalid filename: a']);
  assert.equal((await refused({ code: 'x', files: { a: '', 'a/b': '' } })).detail, 'Invalid filename: a/b');
});

test('413: code and files together are above the limit', async () => {
  const half = 'x'.repeat(MEBIBYTE / 2);
  for (const body of [
    { code: 'x'.repeat(MEBIBYTE + 1) },
    { code: half, files: { a: `${half}x` } },
    { files: { a: { content: Buffer.alloc(MEBIBYTE + 1).toString('base64'), encoding: 'base64' } } },
    { code: '日'.repeat(MEBIBYTE / 3 + 1) },
  ]) {
    const problem = await refused(body);
    assert.deepEqual([problem.status, problem.code], [413, 'payload_too_large']);
    assert.equal(problem.detail, 'Code size exceeds the limit.');
  }
});

test('413: decoded stdin is above the limit', async () => {
  const policy = { ...POLICY, maxStdinBytes: 9 };
  for (const stdin of ['x'.repeat(10), { content: Buffer.alloc(10).toString('base64'), encoding: 'base64' }]) {
    const problem = await refused({ code: 'x', stdin }, { policy });
    assert.deepEqual([problem.status, problem.code], [413, 'payload_too_large']);
    assert.match(problem.detail, /MAX_STDIN_BYTES/);
  }
});

test('413: the body is above the limit, with or without Content-Length', async () => {
  const { app, calls } = harness({ policy: { ...POLICY, maxBodyBytes: 1024 } });
  const body = JSON.stringify({ code: 'x'.repeat(2000) });
  for (const headers of [
    {},
    { 'content-length': String(body.length) },
    { 'transfer-encoding': 'chunked', 'content-length': '1' },
  ]) {
    const problem = await problemOf(await app.request('/run', post(body, headers)));
    assert.deepEqual([problem.status, problem.code], [413, 'payload_too_large']);
    assert.match(problem.detail, /MAX_BODY_BYTES/);
  }
  assert.equal(calls.length, 0);
});

test('413: a body whose Content-Length is too large is not read', async () => {
  const { app } = harness({ policy: { ...POLICY, maxBodyBytes: 1024 } });
  let isRead = false;
  const body = new ReadableStream(
    {
      pull() {
        isRead = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'application/json', 'content-length': '5000' };
  const response = await app.request('/run', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
  assert.equal(response.status, 413);
  assert.equal(isRead, false);
});

test('no input value is echoed', async () => {
  const secret = 'S3CR3T';
  const bodies = [
    { code: 'x', image: [secret] },
    { code: 'x', colour: secret },
    { code: 'x', environment: { CODE_RUNNER_A: secret } },
    { code: 'x', environment: { A: `${secret}\0` } },
    { code: 'x', args: [`${secret}\0`] },
    { code: 'x', stdin: { content: secret, encoding: secret } },
    { code: 'x', mem_limit: secret },
    { code: 'x', output_encoding: secret },
    { code: 'x', allow_network: secret },
    `{"code":"${secret}`,
    `{"code":${secret}}`,
  ];
  for (const body of bodies) assert.doesNotMatch(JSON.stringify(await refused(body)), /S3CR3T/, JSON.stringify(body));
});
