import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import type { Isolation } from '../../src/core/isolation.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { RunRequest } from '../../src/core/request.ts';
import { aheadCommand, planRun } from '../../src/runs/plan.ts';
import { file, POLICY, runRequest, runtime } from '../fixtures.ts';

const PYTHON = runtime();
const GO = runtime('go', { main_file: 'main.go', compile: ['/compile.sh'], run: ['/main'] });

function staged(request: Partial<RunRequest>, in_ = PYTHON): Record<string, string> {
  const { files } = planRun(runRequest(request), in_);
  assert.equal(new Set(files.map(({ path }) => path)).size, files.length, 'each path once');
  return Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]));
}

function refusal(request: Partial<RunRequest>): RunnerError {
  try {
    planRun(runRequest(request), PYTHON);
  } catch (error) {
    if (error instanceof RunnerError) return error;
  }
  assert.fail('not refused');
}

test('code becomes the main file, next to the caller’s files and the runtime’s', () => {
  assert.deepEqual(staged({ code: 'C', files: [file('data/x', 'X')] }), {
    'main.py': 'C',
    'data/x': 'X',
    'sdk.py': '# sdk',
  });
});

test('the main file can be in files', () => {
  assert.deepEqual(staged({ code: undefined, files: [file('main.py', 'M')] }), { 'main.py': 'M', 'sdk.py': '# sdk' });
});

test('the caller’s files take precedence over the runtime’s, also as a folder of the same name', () => {
  assert.equal(staged({ files: [file('sdk.py', 'mine')] })['sdk.py'], 'mine');
  assert.deepEqual(Object.keys(staged({ files: [file('sdk.py/deep', 'mine')] })), ['main.py', 'sdk.py/deep']);
});

test('code together with a main file in files is refused', () => {
  const error = refusal({ code: 'C', files: [file('main.py', 'M')] });
  assert.deepEqual([error.code, error.violations[0]?.kind], ['invalid_request', 'invalid']);
  assert.deepEqual(error.violations[0]?.field, ['files']);
});

test('a file beneath the main file is refused as a bad file name', () => {
  const error = refusal({ code: 'C', files: [file('main.py/x', '')] });
  assert.deepEqual([error.code, error.violations[0]?.kind], ['invalid_request', 'bad_filename']);
  assert.deepEqual(error.violations[0]?.field, ['files', { key: 'main.py/x' }]);
});

test('a request without a program is refused', () => {
  for (const files of [[], [file('other.py', '')]]) {
    const error = refusal({ code: undefined, files });
    assert.deepEqual([error.code, error.violations[0]?.kind], ['invalid_request', 'no_program']);
  }
});

test('the refusal says what was looked for and which files were sent, cut to a limit', () => {
  const message = (files: RunRequest['files']) => refusal({ code: undefined, files }).violations[0]?.message ?? '';
  assert.match(message([]), /Looked in {files} for main\.py; there are no files\.$/);
  assert.match(message([file('other.py', '')]), /Looked in {files} for main\.py; found only other\.py\.$/);
  const many = Array.from({ length: 100 }, (_, index) => file(`file-${index}`, ''));
  assert.ok(message(many).length < 400);
});

test('another main file replaces the usual one in the commands, also in those of tests', () => {
  const node = runtime('node', {
    main_file: 'main.js',
    file_extension: '.js',
    main_files: ['main.ts'],
    run: ['/node', '{main_file}'],
  });
  const request = runRequest({ code: undefined, files: [file('main.ts', '')], args: ['x'] });
  assert.deepEqual(planRun(request, node).run.argv, ['/node', 'main.ts', 'x']);
  assert.deepEqual(planRun({ ...request, entrypoint: 'ls' }, node).run.argv, ['/bin/sh', '-c', 'ls', 'sh', 'x']);
  assert.deepEqual(planRun(runRequest({ code: 'C' }), node).run.argv, ['/node', 'main.js']);
});

test('an entrypoint needs no code', () => {
  assert.deepEqual(staged({ code: undefined, entrypoint: 'ls' }), { 'sdk.py': '# sdk' });
});

test('the run command: the runtime’s command and the caller’s args, byte for byte', () => {
  const args = ['a b', '', '$(id)', '-x', '"'];
  assert.deepEqual(planRun(runRequest({ args }), PYTHON).run.argv, ['/usr/bin/python3', 'main.py', ...args]);
});

test('a shell parses the entrypoint but not its args', () => {
  const { run } = planRun(runRequest({ entrypoint: 'echo "$1"', args: ['$(id)', '; ls'] }), PYTHON);
  assert.deepEqual(run.argv, ['/bin/sh', '-c', 'echo "$1"', 'sh', '$(id)', '; ls']);
});

test('the compile phase: only if the runtime has one, and never with an entrypoint', () => {
  assert.equal(planRun(runRequest(), PYTHON).compile, undefined);
  assert.equal(planRun(runRequest({ entrypoint: 'ls' }), GO).compile, undefined);
  const { compile } = planRun(runRequest({ stdin: Buffer.from('for the program'), args: ['x'] }), GO);
  assert.deepEqual(compile?.argv, ['/compile.sh']);
  assert.deepEqual(compile?.stdin, new Uint8Array(), 'the compiler does not see the input');
});

test('each phase has its own limits', () => {
  const limits = { ...defaultLimits(POLICY), timeoutMs: 1, compileTimeoutMs: 2, cpuTimeoutMs: 3, outputBytes: 4 };
  const { compile, run, sandbox } = planRun(runRequest({ limits, stdin: Buffer.from('in') }), GO);
  assert.deepEqual([compile?.wallMs, compile?.cpuMs, compile?.outputBytes], [2, undefined, 4]);
  assert.deepEqual([run.wallMs, run.cpuMs, run.outputBytes], [1, 3, 4]);
  assert.deepEqual(run.stdin, Buffer.from('in'));
  assert.deepEqual(sandbox, { image: 'code-runner-go', limits, isolation: 'container' });
});

test('a run has the isolation that its request asks for; with a network it has a container of its own', () => {
  const isolationOf = (isolation: Isolation, network: boolean) => {
    const limits = { ...defaultLimits(POLICY), network };
    return planRun(runRequest({ isolation, limits }), PYTHON).sandbox.isolation;
  };
  assert.equal(isolationOf('cell', false), 'cell');
  assert.equal(isolationOf('container', false), 'container');
  assert.equal(isolationOf('cell', true), 'container');
  assert.equal(isolationOf('container', true), 'container');
});

test('what can start ahead is the command of a program that asks for nothing else', () => {
  const runtimeAhead = runtime('python', { start_ahead: { unless_files: [], unless_mentioned: [] } });
  const { run } = planRun(runRequest({ code: 'print()' }), runtimeAhead);
  const { argv, environment } = run;
  assert.deepEqual(aheadCommand(runtimeAhead), { argv, environment, hasInput: false, mainFile: 'main.py' });
  assert.equal(aheadCommand(runtime()), undefined);
});

test('the environment: the runtime’s, then the caller’s, then the service’s', () => {
  const { environment } = planRun(runRequest({ environment: { LANG: 'de', MINE: '1' } }), PYTHON).run;
  assert.deepEqual(environment, {
    PATH: '/usr/bin:/bin',
    LANG: 'de',
    MINE: '1',
    CODE_RUNNER_METADATA: '/tmp/code-runner-metadata.json',
  });
});

test('a variable named __proto__ reaches the program', () => {
  const environment = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
  assert.deepEqual(Object.entries(planRun(runRequest({ environment }), PYTHON).run.environment).at(2), [
    '__proto__',
    'x',
  ]);
});

test('metadata is always collected, output files if requested', () => {
  const { metadata, outputFiles } = planRun(runRequest(), PYTHON);
  assert.deepEqual(metadata, { root: '/tmp', paths: ['code-runner-metadata.json'], maxBytes: 65_536 });
  assert.equal(outputFiles, undefined);
  assert.deepEqual(planRun(runRequest({ outputFiles: ['*.txt'], maxOutputFilesBytes: 9 }), PYTHON).outputFiles, {
    root: '/workspace',
    paths: ['*.txt'],
    maxBytes: 9,
  });
});

test('a program that could tell that it was started ahead starts in the ordinary way', () => {
  const rules = { unless_files: ['settings'], unless_mentioned: ['uptime'] };
  const needsOwnStart = (request: Partial<RunRequest>, start_ahead: typeof rules | undefined = rules) =>
    planRun(runRequest(request), runtime('python', start_ahead && { start_ahead })).run.needsOwnStart;
  assert.equal(needsOwnStart({ code: 'print()' }), undefined);
  assert.equal(needsOwnStart({ code: 'print(uptime())' }), true);
  assert.equal(needsOwnStart({ code: 'print()', files: [file('settings', '')] }), true);
});
