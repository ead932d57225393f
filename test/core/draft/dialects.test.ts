import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRun } from '../../../src/core/draft/check-run.ts';
import type { FieldName, RequestPolicy, RunDraft } from '../../../src/core/draft/draft.ts';
import type { Field, Step, Violation } from '../../../src/core/errors.ts';
import type { LimitPolicy } from '../../../src/core/limits.ts';
import { MEBIBYTE, POLICY } from '../../fixtures.ts';
import { harness, post, problemOf } from '../../http/harness.ts';

/**
 * Two APIs for the same checks: the real `POST /run`, and one that this test defines, with other names, times in milliseconds and
 * sizes in bytes. Both must refuse the same requests, each with its own names.
 */

const LIMITS: LimitPolicy = {
  ...POLICY,
  networkAllowed: false,
  maxCodeBytes: 10 * MEBIBYTE,
  maxFiles: 3,
  maxStdinBytes: 1000,
  maxTests: 2,
};

/** The names of the second API. Where it has none of its own, it uses those of the first. */
const NAMES: Partial<Record<FieldName, string>> = {
  runtime: 'language',
  code: 'source',
  files: 'attachments',
  args: 'argv',
  stdin: 'input',
  environment: 'env',
  entrypoint: 'shell',
  timeoutMs: 'run_timeout',
  compileTimeoutMs: 'compile_timeout',
  cpuTimeoutMs: 'run_cpu_time',
  memoryBytes: 'run_memory_limit',
  diskBytes: 'disk',
  cpuShares: 'weight',
  cpus: 'cores',
  pids: 'max_process_count',
  outputBytes: 'output_max_size',
  network: 'enable_network',
  prebuild: 'environment_spec',
  packages: 'deps',
  setupScript: 'script',
  outputFiles: 'artifacts',
  tests: 'cases',
  expected: 'answer',
  stopsOnFailure: 'fail_fast',
  checker: 'judge',
  epsilon: 'tolerance',
};

/** A draft, the field that `/run` must report, and the field that the second API must report. */
interface Refused {
  readonly draft: RunDraft;
  readonly pointer: string;
  readonly second: string;
  readonly status?: number;
}

const CODE = 'x'.repeat(10 * MEBIBYTE + 1);
const BYTES = Buffer.alloc(1001);

/** A request above each ceiling. A ceiling without a row here does not compile. */
const CEILINGS: Record<Exclude<keyof LimitPolicy, NotForRequests>, Refused> = {
  timeoutMs: { draft: { timeoutMs: 300_001 }, pointer: '/timeout', second: 'run_timeout' },
  compileTimeoutMs: { draft: { compileTimeoutMs: 300_001 }, pointer: '/compile_timeout', second: 'compile_timeout' },
  memoryBytes: { draft: { memoryBytes: 2 ** 31 + 1 }, pointer: '/mem_limit', second: 'run_memory_limit' },
  cpuShares: { draft: { cpuShares: 262_145 }, pointer: '/cpu_shares', second: 'weight' },
  cpus: { draft: { cpus: 4.01 }, pointer: '/cpus', second: 'cores' },
  diskBytes: { draft: { diskBytes: '5001m' }, pointer: '/disk_limit', second: 'disk' },
  pids: { draft: { pids: 1025 }, pointer: '/pids_limit', second: 'max_process_count' },
  outputBytes: { draft: { outputBytes: '17MiB' }, pointer: '/output_limit', second: 'output_max_size' },
  networkAllowed: { draft: { network: true }, pointer: '/allow_network', second: 'enable_network' },
  maxCodeBytes: { draft: { code: CODE }, pointer: '/code', second: 'source', status: 413 },
  maxFiles: { draft: { files: files('a', 'b', 'c', 'd') }, pointer: '/files', second: 'attachments' },
  maxStdinBytes: { draft: { stdin: BYTES }, pointer: '/stdin', second: 'input', status: 413 },
  maxTests: { draft: { tests: [{}, {}, {}] }, pointer: '/tests', second: 'cases' },
};

/** Policies that limit nothing in a draft. The size of the body is checked by the API. */
type NotForRequests = 'networkDefault' | 'maxBodyBytes' | 'maxOutputFilesBytes';

const CHECKER = { code: 'c' };
const OTHERS: readonly Refused[] = [
  { draft: { timeoutMs: 0 }, pointer: '/timeout', second: 'run_timeout' },
  { draft: { cpuTimeoutMs: -1 }, pointer: '/cpu_timeout', second: 'run_cpu_time' },
  { draft: { cpuTimeoutMs: 300_001 }, pointer: '/cpu_timeout', second: 'run_cpu_time' },
  { draft: { memoryBytes: '1k' }, pointer: '/mem_limit', second: 'run_memory_limit' },
  { draft: { memoryBytes: 'much' }, pointer: '/mem_limit', second: 'run_memory_limit' },
  { draft: { cpus: 0 }, pointer: '/cpus', second: 'cores' },
  { draft: { pids: 0 }, pointer: '/pids_limit', second: 'max_process_count' },
  { draft: { code: '\ud800' }, pointer: '/code', second: 'source' },
  { draft: { entrypoint: 'a\0' }, pointer: '/entrypoint', second: 'shell' },
  { draft: { args: ['', 'a\0'] }, pointer: '/args/1', second: 'argv.1' },
  { draft: { args: ['x'.repeat(131_072)] }, pointer: '/args/0', second: 'argv.0' },
  { draft: { args: Array(65_537).fill('') }, pointer: '/args', second: 'argv' },
  { draft: { args: Array(6).fill('x'.repeat(100_000)) }, pointer: '', second: '' },
  { draft: { environment: { CODE_RUNNER_A: '' } }, pointer: '/environment/CODE_RUNNER_A', second: 'env.CODE_RUNNER_A' },
  { draft: { environment: { 'a=b': '' } }, pointer: '/environment/a=b', second: 'env.a=b' },
  { draft: { files: files('../up') }, pointer: '/files/..~1up', second: 'attachments.../up', status: 400 },
  { draft: { files: files('a', 'a/b') }, pointer: '/files/a~1b', second: 'attachments.a/b', status: 400 },
  { draft: { prebuild: { setupScript: 'true' } }, pointer: '/prebuild_spec', second: 'environment_spec' },
  { draft: { packages: ['numpy'] }, pointer: '/packages', second: 'deps' },
  { draft: { outputFiles: ['a\0'] }, pointer: '/output_files/0', second: 'artifacts.0' },
  { draft: { outputFiles: ['a'], tests: [{}] }, pointer: '/output_files', second: 'artifacts' },
  { draft: { outputFiles: Array(101).fill('a') }, pointer: '/output_files', second: 'artifacts' },
  { draft: { tests: [] }, pointer: '/tests', second: 'cases' },
  { draft: { tests: [{}, { timeoutMs: 300_001 }] }, pointer: '/tests/1/timeout', second: 'cases.1.run_timeout' },
  { draft: { tests: [{ cpuTimeoutMs: 0 }] }, pointer: '/tests/0/cpu_timeout', second: 'cases.0.run_cpu_time' },
  { draft: { tests: [{ args: ['a\0'] }] }, pointer: '/tests/0/args/0', second: 'cases.0.argv.0' },
  { draft: { tests: [{ args: Array(1001).fill('') }] }, pointer: '/tests/0/args', second: 'cases.0.argv' },
  { draft: { tests: [{ name: 'x'.repeat(256) }] }, pointer: '/tests/0/name', second: 'cases.0.name' },
  { draft: { tests: [{ stdin: BYTES }] }, pointer: '/tests', second: 'cases', status: 413 },
  { draft: { tests: [{ expected: BYTES }] }, pointer: '/tests', second: 'cases', status: 413 },
  { draft: { tests: [{}], checker: { code: CODE } }, pointer: '/checker/code', second: 'judge.source', status: 413 },
  { draft: { tests: [{}], checker: { code: '' } }, pointer: '/checker/code', second: 'judge.source' },
  { draft: { tests: [{}], checker: CHECKER, interactor: CHECKER }, pointer: '/interactor', second: 'interactor' },
  { draft: { tests: [{}], checker: CHECKER, comparison: { kind: 'exact' } }, pointer: '/checker', second: 'judge' },
  { draft: { comparison: { kind: 'exact' } }, pointer: '/comparison', second: 'comparison' },
  { draft: { checker: CHECKER }, pointer: '/checker', second: 'judge' },
  { draft: { stopsOnFailure: true }, pointer: '/stop_on_failure', second: 'fail_fast' },
  { draft: { diskBytes: '1m', code: 'x'.repeat(MEBIBYTE) }, pointer: '/disk_limit', second: 'disk' },
  { draft: { memoryBytes: '16m', code: 'x'.repeat(9 * MEBIBYTE) }, pointer: '/mem_limit', second: 'run_memory_limit' },
  {
    draft: { tests: [{}], comparison: { kind: 'float', epsilon: -1 } },
    pointer: '/comparison/float',
    second: 'comparison.tolerance',
  },
];

function files(...names: string[]): Record<string, Buffer> {
  return Object.fromEntries(names.map((name) => [name, Buffer.alloc(0)]));
}

for (const refused of [...Object.values(CEILINGS), ...OTHERS]) {
  const { pointer, second, status = 422 } = refused;
  const draft = { code: 'x', ...refused.draft };
  test(`both APIs refuse ${JSON.stringify(refused.draft).slice(0, 60)}`, async () => {
    const { app, calls } = harness({ policy: LIMITS });
    const problem = await problemOf(await app.request('/run', post(toRunBody(draft))));
    assert.deepEqual([problem.status, problem.errors?.[0]?.pointer, calls.length], [status, pointer, 0]);
    const [answer] = secondDialect(draft);
    assert.equal(answer?.path, second);
    assert.doesNotMatch(answer?.message ?? '{', /\{|mem_limit|expected_stdout|output_files/, 'in its own names');
    assert.doesNotMatch(problem.errors?.[0]?.message ?? '{', /\{\w+\}|[a-z]{2}[A-Z]/, 'in its own names');
  });
}

test('messages refer to other fields by the names of each API', async () => {
  const draft: RunDraft = { code: 'x', tests: [{ expected: BYTES }] };
  const problem = await problemOf(await harness({ policy: LIMITS }).app.request('/run', post(toRunBody(draft))));
  assert.match(problem.detail, /the expected_stdout of all tests together must be at most 1000 bytes/);
  assert.match(secondDialect(draft)[0]?.message ?? '', /the answer of all tests together must be at most 1000 bytes/);
});

test('a key that the caller chose is kept, even if it equals a field name', async () => {
  const draft: RunDraft = { code: 'x', environment: { pids: 'x\0' } };
  const problem = await problemOf(await harness().app.request('/run', post(toRunBody(draft))));
  assert.equal(problem.errors?.[0]?.pointer, '/environment/pids');
  assert.equal(secondDialect(draft)[0]?.path, 'env.pids');
});

test('a valid draft gives the same request in both', async () => {
  const draft: RunDraft = { code: 'x', timeoutMs: 1500, memoryBytes: '64MiB', tests: [{ stdin: Buffer.from('in') }] };
  const { app, calls } = harness();
  assert.equal((await app.request('/run', post(toRunBody(draft)))).status, 200);
  assert.deepEqual(checkRun(draft, policy(POLICY)).value, calls[0]?.request);
});

function policy(limits: LimitPolicy): RequestPolicy {
  return { limits, defaultRuntime: 'python', hasPrebuilds: false, isolation: 'cell' };
}

/** The second API. It checks nothing itself. */
function secondDialect(draft: RunDraft): { path: string; message: string }[] {
  return (checkRun(draft, policy(LIMITS)).violations ?? []).map(toSecondAnswer);
}

function toSecondAnswer({ field, message }: Violation) {
  return { path: secondPath(field), message: message.replace(/\{(\w+)\}/g, (_, name: string) => secondName(name)) };
}

function secondPath(field: Field): string {
  return field.map((step: Step) => (typeof step === 'object' ? step.key : secondName(step))).join('.');
}

function secondName(step: string | number): string {
  return NAMES[step as FieldName] ?? String(step);
}

/** The equivalent body of `POST /run`. */
function toRunBody(draft: RunDraft): Record<string, unknown> {
  const { timeoutMs, compileTimeoutMs, memoryBytes, diskBytes, outputBytes, prebuild, tests, comparison } = draft;
  const seconds = (milliseconds: number | null | undefined) => milliseconds != null && milliseconds / 1000;
  const body = {
    ...draft,
    timeout: seconds(timeoutMs),
    compile_timeout: seconds(compileTimeoutMs),
    cpu_timeout: seconds(draft.cpuTimeoutMs),
    mem_limit: memoryBytes,
    disk_limit: diskBytes,
    output_limit: outputBytes,
    cpu_shares: draft.cpuShares,
    pids_limit: draft.pids,
    allow_network: draft.network,
    output_files: draft.outputFiles,
    stop_on_failure: draft.stopsOnFailure,
    prebuild_spec: prebuild && { setup_script: prebuild.setupScript },
    comparison: comparison?.kind === 'float' ? { float: comparison.epsilon } : comparison?.kind,
    files:
      draft.files && Object.fromEntries(Object.entries(draft.files).map(([name, bytes]) => [name, encoded(bytes)])),
    stdin: encoded(draft.stdin),
    tests: tests?.map(({ expected, stdin, timeoutMs: wall, cpuTimeoutMs: cpu, ...test }) => ({
      ...test,
      stdin: encoded(stdin),
      expected_stdout: encoded(expected),
      ...(wall == null ? {} : { timeout: wall / 1000 }),
      ...(cpu == null ? {} : { cpu_timeout: cpu / 1000 }),
    })),
  };
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => !/[A-Z]|^(pids|network|prebuild)$/.test(name) && value !== false && value !== undefined,
    ),
  );
}

function encoded(bytes: Buffer | null | undefined) {
  return bytes ? { content: bytes.toString('base64'), encoding: 'base64' } : undefined;
}
