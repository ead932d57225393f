// @shared-engine first: it takes long. What it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { type RunAnswer, type RunBody, Service } from './service.ts';

/** Prints its arguments and its input. */
const ECHO = `package main
import ("fmt"; "io"; "os")
func main() { in, _ := io.ReadAll(os.Stdin); fmt.Println("echo", os.Args[1:], string(in), os.Getenv("GREETING")) }`;
const RUST = 'fn main() { println!("{}", option_env!("GREETING").unwrap_or("none")); }';

const folder = mkdtempSync(join(tmpdir(), 'code-runner-cache-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function hello(name: string): RunBody {
  return { image: 'go', code: `package main\nfunc main() { println("${name}") }` };
}

function entries(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.compiled'));
}

async function untilEntries(directory: string, count: number): Promise<void> {
  await eventually(async () => assert.equal(entries(directory).length, count), 3000);
}

/** Runs it until the result comes from the cache, so that no earlier compile phase is in progress any more. */
function compiled(answer: RunAnswer): boolean {
  assert.equal(answer.status, 'completed', `${answer.stderr} ${answer.compile?.stderr}`);
  assert.ok(answer.compile);
  return !answer.compile.cached;
}

describe('a program that was compiled before', () => {
  let service: Service;
  before(async () => {
    // In cells a container that was created before the service knew its images serves many runs.
    service = await Service.start({ RUNTIMES: 'go,rust', WARM_POOL: 'go=1,rust=1', ISOLATION: 'cells' });
  });
  after(() => service.stop());

  test('is not compiled again, and the response says so', async () => {
    const body = { image: 'go', code: ECHO };
    const first = await service.run({ ...body, args: ['1'], stdin: 'in' });
    assert.equal(compiled(first), true);
    const second = await service.run({ ...body, args: ['1'], stdin: 'in' });
    assert.equal(compiled(second), false);
    assert.equal(second.stdout, 'echo [1] in \n');
    assert.equal(second.stdout, first.stdout);
    const { cached: _, ...spared } = second.compile ?? assert.fail();
    assert.deepEqual(
      { ...spared, cached: false },
      first.compile,
      'the other fields describe the original compile phase',
    );
    assert.match(await service.logLine(second.run_id), /"compile_cached":true/);
    assert.equal(await service.metric('code_runner_compiles_total{runtime="go",cached="true"}'), 1);
    assert.equal(await service.metric('code_runner_compiles_total{runtime="go",cached="false"}'), 1);
  });

  test('is used for other arguments, input and time limits, but not for other sources, variables or sandboxes', async () => {
    const body = { image: 'go', code: ECHO };
    for (const same of [
      { args: ['2'] },
      { stdin: 'x' },
      { timeout: 7 },
      { compile_timeout: 7 },
      { cpu_timeout: 7 },
      { output_files: ['x'] },
    ])
      assert.equal(compiled(await service.run({ ...body, ...same })), false, JSON.stringify(same));
    const others: RunBody[] = [
      { code: `${ECHO}\n` },
      { files: { 'data.txt': 'x' } },
      { files: { 'data.txt': 'y' } },
      { files: { 'data2.txt': 'y' } },
      { environment: { GREETING: 'hello' } },
      { mem_limit: '300m' },
    ];
    for (const other of others)
      assert.equal(compiled(await service.run({ ...body, ...other })), true, JSON.stringify(other));
    for (const other of others)
      assert.equal(compiled(await service.run({ ...body, ...other })), false, JSON.stringify(other));
  });

  test('has the files and variables of its own run', async () => {
    const body = { image: 'rust', code: RUST };
    for (const expectedCached of [false, true]) {
      for (const greeting of ['one', 'two']) {
        const answer = await service.run({ ...body, environment: { GREETING: greeting } });
        assert.deepEqual([answer.stdout, answer.compile?.cached], [`${greeting}\n`, expectedCached]);
      }
    }
    const reader = {
      image: 'go',
      code: 'package main\nimport ("fmt"; "os")\nfunc main() { b, e := os.ReadFile("data.txt"); fmt.Println(string(b), e) }',
    };
    for (const expectedCached of [false, true]) {
      const answer = await service.run({ ...reader, files: { 'data.txt': 'mine' } });
      assert.deepEqual([answer.stdout, answer.compile?.cached], ['mine <nil>\n', expectedCached]);
    }
  });

  test('is also cached if it did not compile: the same output, exit code and status', async () => {
    const body = { image: 'go', code: 'package main\nfunc main() { undefined() }' };
    const [first, second] = [await service.run(body), await service.run(body)];
    assert.deepEqual([first.compile?.cached, second.compile?.cached], [false, true]);
    for (const answer of [first, second]) {
      assert.deepEqual([answer.status, answer.exit_code], ['compile_failed', 1]);
      assert.match(answer.stderr, /main\.go:2:\d+: undefined: undefined/);
    }
    assert.equal(second.stderr, first.stderr);
    assert.equal((await service.run({ ...body, code: `${body.code}\n` })).compile?.cached, false);
  });

  test('is not cached if compiling was cut short by time, memory or output', async () => {
    const cut: [RunBody, string][] = [
      [{ ...hello('late'), compile_timeout: 0.03 }, 'timed_out'],
      [{ ...hello('hungry'), mem_limit: '24m' }, 'out_of_memory'],
    ];
    for (const [body, status] of cut) {
      for (let time = 0; time < 2; time += 1) {
        const { compile, ...answer } = await service.run(body);
        assert.deepEqual([answer.status, compile?.status, compile?.cached], ['compile_failed', status, false]);
      }
    }
    assert.equal(compiled(await service.run(hello('late'))), true);
    const after = await service.run({ ...hello('late'), compile_timeout: 0.03 });
    assert.equal(compiled(after), false, 'a cached program needs no time');
  });

  test('is not cached if a build script left files behind, because they would be missing', async () => {
    const body = {
      image: 'rust',
      files: {
        'Cargo.toml': '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n',
        'build.rs': 'fn main() { std::fs::write("made.txt", "made").unwrap(); }',
        'main.rs': 'fn main() { println!("{}", std::fs::read_to_string("made.txt").unwrap()); }',
      },
    };
    for (let time = 0; time < 2; time += 1) {
      const answer = await service.run(body);
      assert.deepEqual([answer.stdout, answer.compile?.cached], ['made\n', false], answer.stderr);
    }
  });

  test('cannot be replaced by a program that replaces its own binary', async () => {
    const body = {
      image: 'go',
      code: `package main
import ("fmt"; "os")
func main() {
  own, _ := os.Executable()
  fmt.Println("honest", os.Remove(own), os.WriteFile(own, []byte("#!/bin/sh\\necho forged\\n"), 0o755))
}`,
    };
    for (const expectedCached of [false, true, true]) {
      const answer = await service.run(body);
      assert.deepEqual([answer.stdout, answer.compile?.cached], ['honest <nil> <nil>\n', expectedCached]);
    }
  });

  test('is compiled each time if it is too large', async () => {
    const body = {
      image: 'go',
      code: 'package main\nvar x = [20 << 20]byte{1}\nfunc main() { println(x[0], x[len(x)-1]) }',
    };
    for (let time = 0; time < 2; time += 1) {
      const answer = await service.run(body);
      assert.deepEqual([answer.stderr, compiled(answer)], ['1 0\n', true]);
    }
  });
});

describe('several runs at once', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'go', MAX_CONCURRENT_RUNS: '6' });
  });
  after(() => service.stop());

  test('the same program is compiled once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, at) => service.run({ ...hello('together'), args: [`${at}`] })),
    );
    assert.deepEqual(
      answers.map(({ stderr }) => stderr),
      Array(6).fill('together\n'),
    );
    assert.equal(answers.filter(compiled).length, 1);
    assert.equal(await service.metric('code_runner_compiles_total{runtime="go",cached="false"}'), 1);
  });

  test('if the client whose run compiles disconnects, the others are answered and the program is compiled once more', async () => {
    // With a twentieth of a core, compiling takes seconds.
    const body = { ...hello('left alone'), cpus: 0.05 };
    const client = new AbortController();
    const first = service.post(body, { signal: client.signal });
    await service.untilProcesses(/compile\.sh/);
    const others = [service.run(body), service.run(body)];
    await eventually(async () => assert.equal(await service.metric('code_runner_runs_in_progress'), 3), 5000);
    client.abort();
    await assert.rejects(first, { name: 'AbortError' });
    const answers = await Promise.all(others);
    assert.deepEqual(
      answers.map(({ stderr }) => stderr),
      ['left alone\n', 'left alone\n'],
    );
    assert.equal(answers.filter(compiled).length, 1);
    assert.equal(compiled(await service.run(body)), false);
  });
});

describe('several services on one directory', () => {
  const directory = join(folder, 'shared');
  const environment = { RUNTIMES: 'go', COMPILE_CACHE_DIR: directory };

  test('one finds what another compiled, also after both have ended; a damaged entry is compiled again', async () => {
    {
      await using one = await Service.start(environment);
      await using other = await Service.start(environment);
      assert.equal(compiled(await one.run(hello('shared'))), true);
      await untilEntries(directory, 1);
      assert.equal(compiled(await other.run(hello('shared'))), false);
      assert.equal(await one.stop(), 0);
      assert.equal(await other.stop(), 0);
    }
    await using later = await Service.start(environment);
    assert.equal(compiled(await later.run(hello('shared'))), false);
    await later.stop();
    const [entry = ''] = entries(directory);
    const bytes = readFileSync(join(directory, entry));
    bytes.writeUInt8((bytes.at(-9) ?? 0) ^ 0xff, bytes.length - 9);
    writeFileSync(join(directory, entry), bytes);
    await using last = await Service.start(environment);
    const answer = await last.run(hello('shared'));
    assert.deepEqual([answer.stderr, compiled(answer)], ['shared\n', true]);
    assert.equal(await last.metric('code_runner_compile_cache_errors_total'), 1);
    assert.match(last.log.join('\n'), /compile cache error/);
    assert.equal(compiled(await last.run(hello('shared'))), false);
  });

  test('a program that was just compiled is kept when the service stops', async () => {
    await using service = await Service.start({ ...environment, COMPILE_CACHE_DIR: join(folder, 'stopped') });
    await service.run(hello('last words'));
    assert.equal(await service.stop(), 0);
    await untilEntries(join(folder, 'stopped'), 1);
  });

  test('a directory that cannot be used only disables caching', async () => {
    await using service = await Service.start({ ...environment, COMPILE_CACHE_DIR: '/proc/nowhere' });
    for (let time = 0; time < 3; time += 1) assert.equal((await service.run(hello(`${time}`))).stderr, `${time}\n`);
    assert.equal(service.log.filter((line) => line.includes('compile cache error')).length, 1);
  });

  test('COMPILE_CACHE_MB=0: everything is compiled and nothing is kept', async () => {
    const off = join(folder, 'off');
    await using service = await Service.start({ ...environment, COMPILE_CACHE_MB: '0', COMPILE_CACHE_DIR: off });
    for (let time = 0; time < 2; time += 1) assert.equal(compiled(await service.run(hello('off'))), true);
    assert.throws(() => readdirSync(off), { code: 'ENOENT' });
  });
});

describe('an image that is rebuilt while the service runs', () => {
  const tag = 'code-runner-cachetest:latest';
  const docker = (args: string[], input = '') =>
    execFileSync('docker', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
  after(() => docker(['image', 'rm', '--force', tag, 'code-runner-cachetest-second']));

  test('has its own cache, and the old cache is used again when the old image is back', async () => {
    const runtimes = join(folder, 'runtimes');
    cpSync('runtimes/go', join(runtimes, 'cachetest'), { recursive: true });
    const dockerfile =
      'FROM code-runner-go\nUSER root\nRUN echo "echo second >&2" >> /opt/code-runner/compile.sh\nUSER 1000\n';
    docker(['build', '--network', 'none', '--tag', 'code-runner-cachetest-second', '-'], dockerfile);
    docker(['tag', 'code-runner-go', tag]);
    await using service = await Service.start({ RUNTIME_DIR: runtimes });
    const body = { ...hello('retag'), image: 'cachetest' };
    /** Runs until the compiler prints this. Until then, its output must match the image that was used. */
    const until = (words: string) =>
      eventually(async () => {
        const answer = await service.run(body);
        assert.equal(answer.compile?.stderr, words);
        return compiled(answer);
      }, 15_000);
    assert.equal(await until(''), true);
    assert.equal(await until(''), false);
    docker(['tag', 'code-runner-cachetest-second', tag]);
    // The service has not noticed the new image yet. Whichever image compiles these, the entry must belong to that image.
    const meanwhile = Array.from({ length: 8 }, (_, at) => ({ ...hello(`meanwhile ${at}`), image: 'cachetest' }));
    for (const other of meanwhile) await service.run(other);
    assert.equal(await until('second\n'), true);
    assert.equal(await until('second\n'), false);
    docker(['tag', 'code-runner-go', tag]);
    assert.equal(await until(''), false);
    for (const other of meanwhile) assert.equal((await service.run(other)).compile?.stderr, '');
  });
});
