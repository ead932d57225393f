// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { eventually } from '../eventually.ts';
import { DOCKER_SOCKET, type JudgedAnswer, type RunBody, Service } from './service.ts';

/** Prints the double of the number that it reads. */
const DOUBLING: Record<string, string> = {
  python: 'print(2 * int(input()))',
  node: 'console.log(2 * require("fs").readFileSync(0, "utf8"))',
  go: 'package main\nimport "fmt"\nfunc main() { var n int; fmt.Scan(&n); fmt.Println(2 * n) }',
  rust: 'fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); println!("{}", 2 * s.trim().parse::<i64>().unwrap()); }',
  deno: 'console.log(2 * Number(await new Response(Deno.stdin.readable).text()))',
  bun: 'console.log(2 * Number(await Bun.stdin.text()))',
};

function verdicts({ tests }: JudgedAnswer): string[] {
  return tests.map(({ verdict }) => verdict);
}

/** Tests that double 1, 2, 3, … The tests in `wrong` expect something else. */
function doublingTests(count: number, ...wrong: number[]): RunBody[] {
  return Array.from({ length: count }, (_, index) => ({
    stdin: `${index + 1}\n`,
    expected_stdout: `${2 * (index + 1) + (wrong.includes(index) ? 1 : 0)}\n`,
  }));
}

async function containerIds(service: Service): Promise<string[]> {
  const found = await new Engine(DOCKER_SOCKET).containers.list(`${LABELS.instance}=${service.instanceId}`);
  return found.map(({ id }) => id);
}

describe('judging', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service.stop());

  for (const [image, code] of Object.entries(DOUBLING)) {
    test(`${image}: compiled once, every test in order, each with its result`, async () => {
      const answer = await service.judge({ image, code, tests: doublingTests(4, 2) });
      assert.deepEqual(verdicts(answer), ['accepted', 'accepted', 'wrong_answer', 'accepted']);
      assert.deepEqual(
        answer.tests.map(({ stdout }) => stdout),
        ['2\n', '4\n', '6\n', '8\n'],
      );
      assert.deepEqual([answer.verdict, answer.status, answer.stdout], ['wrong_answer', 'completed', '6\n']);
      for (const { usage, status, exit_code } of answer.tests) {
        assert.deepEqual([status, exit_code], ['completed', 0]);
        assert.ok(usage && usage.wall_ms > 0 && (usage.cpu_ms ?? 0) > 0 && (usage.memory_peak_bytes ?? 0) > 0);
      }
      assert.equal(answer.compile?.status, image === 'go' || image === 'rust' ? 'completed' : undefined);
    });
  }

  test('run_ms is the sum of all tests, and judge_ms is separate', async () => {
    const answer = await service.judge({ code: DOUBLING['python'], tests: doublingTests(10) });
    const { run_ms = 0, judge_ms = 0, total_ms = 0, stage_ms = 0, sandbox_ms = 0 } = answer.timings;
    const wall = answer.tests.reduce((sum, { usage }) => sum + (usage?.wall_ms ?? 0), 0);
    assert.ok(Math.abs(run_ms - wall) < 1, `${run_ms} and ${wall}`);
    assert.ok(Math.abs(answer.execution_time - run_ms / 1000) < 0.001);
    assert.ok(judge_ms > 0 && sandbox_ms + stage_ms + run_ms + judge_ms <= total_ms + 0.1);
  });

  test('the verdict and the number of tests are in the log and the metrics', async () => {
    const before = await service.metric('code_runner_verdicts_total{runtime="python",verdict="wrong_answer"}');
    const answer = await service.judge({ code: DOUBLING['python'], tests: doublingTests(3, 0) });
    const line = JSON.parse(await service.logLine(answer.run_id));
    assert.deepEqual([line.verdict, line.tests], ['wrong_answer', 3]);
    assert.ok(line.judge_ms > 0 && line.cpu_ms > (answer.tests[0]?.usage?.cpu_ms ?? 0), JSON.stringify(line));
    const now = await service.metric('code_runner_verdicts_total{runtime="python",verdict="wrong_answer"}');
    assert.equal(now, before + 1);
  });

  const ENDS: Record<string, readonly [python: string, test: RunBody, verdict: string, status: string]> = {
    'an exit code': ['import sys; sys.exit(3)', {}, 'runtime_error', 'completed'],
    'a signal': ['import os; os.abort()', {}, 'runtime_error', 'signaled'],
    'the wall clock': ['import time; time.sleep(9)', { timeout: 0.3 }, 'time_limit_exceeded', 'timed_out'],
    'the processor': ['while True: pass', { cpu_timeout: 0.2, timeout: 5 }, 'time_limit_exceeded', 'timed_out'],
    memory: [
      'x = bytearray(1 << 30)\nfor i in range(0, len(x), 4096): x[i] = 1',
      {},
      'memory_limit_exceeded',
      'out_of_memory',
    ],
    'a flood': ['while True: print("x" * 9999)', {}, 'output_limit_exceeded', 'output_limit_exceeded'],
    'output that was cut': ['print("x" * 2000)', {}, 'output_limit_exceeded', 'completed'],
  };

  test('a failed test says why and has the output before the failure; the next test is not affected', async () => {
    const programs = Object.values(ENDS).map(([python]) => python);
    const code = `import sys\nprint("before", flush=True)\nexec(${JSON.stringify(programs)}[int(sys.argv[1])]) if sys.argv[1:] else 0`;
    const right: RunBody = { expected_stdout: 'before' };
    const tests = Object.values(ENDS).flatMap(([, fields], index) => [
      { ...right, ...fields, args: [String(index)] },
      right,
    ]);
    const answer = await service.judge({ code, tests, mem_limit: '64m', output_limit: '1k' });
    Object.entries(ENDS).forEach(([what, [, , verdict, status]], index) => {
      const [ended, next] = answer.tests.slice(2 * index);
      assert.deepEqual([ended?.verdict, ended?.status, ended?.stdout.slice(0, 7)], [verdict, status, 'before\n'], what);
      assert.deepEqual([next?.verdict, next?.stdout], ['accepted', 'before\n'], `behind ${what}`);
    });
    assert.equal(answer.verdict, 'runtime_error');
  });

  test('peak memory and CPU time are those of each single test', async () => {
    const code = 'import sys\nn = int(sys.argv[1])\nx = b"x" * (n << 20)\nfor _ in range(n * 100000): pass';
    const answer = await service.judge({ code, tests: ['1', '100', '1'].map((size) => ({ args: [size] })) });
    const [small, large, again] = answer.tests.map(({ usage }) => usage);
    assert.ok((large?.memory_peak_bytes ?? 0) > 100 << 20);
    assert.ok((again?.memory_peak_bytes ?? 0) < 60 << 20, `${again?.memory_peak_bytes}`);
    assert.ok((again?.cpu_ms ?? 0) < 2 * (small?.cpu_ms ?? 0) + 20);
    assert.ok((large?.cpu_ms ?? 0) > 3 * (again?.cpu_ms ?? 0));
  });

  test('every comparison works on bytes', async () => {
    const judge = async (printed: string, expected: unknown, comparison: unknown) =>
      (await service.judge({ code: printed, tests: [{ expected_stdout: expected }], comparison })).verdict;
    assert.equal(await judge('print("a ")', 'a', 'lines'), 'accepted');
    assert.equal(await judge('print("a ")', 'a', 'exact'), 'wrong_answer');
    assert.equal(await judge('print("a\\nb")', 'a b', 'tokens'), 'accepted');
    assert.equal(await judge('print(0.1 + 0.2)', '0.3', { float: 1e-9 }), 'accepted');
    assert.equal(await judge('print(0.31)', '0.3', { float: 1e-9 }), 'wrong_answer');
    const raw = 'import sys; sys.stdout.buffer.write(b"\\xff\\x00")';
    assert.equal(await judge(raw, { content: '/wA=', encoding: 'base64' }, 'exact'), 'accepted');
    assert.equal(await judge(raw, '\ufffd\0', 'exact'), 'wrong_answer');
  });

  test('stop_on_failure skips the rest', async () => {
    const answer = await service.judge({ code: DOUBLING['python'], tests: doublingTests(5, 1), stop_on_failure: true });
    assert.deepEqual(verdicts(answer), ['accepted', 'wrong_answer', 'skipped', 'skipped', 'skipped']);
    assert.deepEqual([answer.verdict, answer.tests[4]?.status, answer.tests[4]?.usage], ['wrong_answer', null, null]);
  });

  test('a program that does not compile: the compiler’s output, and every test is compile_error', async () => {
    const answer = await service.judge({
      image: 'go',
      code: 'package main\nfunc main() { x }',
      tests: doublingTests(2),
    });
    assert.deepEqual([answer.verdict, answer.status], ['compile_error', 'compile_failed']);
    assert.deepEqual(verdicts(answer), ['compile_error', 'compile_error']);
    assert.match(answer.stderr, /undefined: x/);
  });

  test('an entrypoint can be judged, in the working directory with all its files', async () => {
    const answer = await service.judge({
      entrypoint: 'cat data/a.txt - > out; cat out; echo "$1"; rm -r data',
      files: { 'data/a.txt': 'A\n' },
      tests: [1, 2].map((n) => ({ stdin: `${n}\n`, args: [`arg ${n}`], expected_stdout: `A\n${n}\narg ${n}\n` })),
    });
    assert.equal(answer.verdict, 'accepted', JSON.stringify(answer.tests));
  });

  test('a hundred tests with maximum output: the response is limited and says what was cut', async () => {
    await using small = await Service.start({ RUNTIMES: 'python', MAX_OUTPUT: '1m', DEFAULT_OUTPUT: '1m' });
    const line = 'x'.repeat(1023);
    const code = `import sys\nfor s in (sys.stdout, sys.stderr): s.write(("${line}" + "\\n") * 1024)`;
    const expected = `${line}\n`.repeat(1024);
    const tests = Array.from({ length: 12 }, () => ({ expected_stdout: expected }));
    const answer = await small.judge({ code, tests });
    assert.equal(answer.verdict, 'accepted', 'it was compared before it was cut');
    const bytes = answer.tests.reduce((sum, { stdout, stderr }) => sum + stdout.length + stderr.length, 0);
    assert.ok(bytes <= 2 << 20 && bytes > 1 << 20, `${bytes}`);
    for (const { stdout_truncated, stderr_truncated } of answer.tests) assert.ok(stdout_truncated && stderr_truncated);
  });

  test('a client that disconnects ends its run at once, during any test', async () => {
    await using own = await Service.start({ RUNTIMES: 'python' });
    const client = new AbortController();
    const tests = Array.from({ length: 50 }, (_, at) => ({ args: [`test-${at}`] }));
    const answer = own.post({ code: 'import time; time.sleep(0.1)', tests }, { signal: client.signal });
    answer.catch(() => undefined);
    await own.untilProcesses(/ test-[3-9]$/);
    client.abort();
    await assert.rejects(answer, { name: 'AbortError' });
    await eventually(async () => assert.equal(await own.containers(), 0), 1500);
    await eventually(async () => assert.match(own.log.at(-1) ?? '', /"reason":"client-gone"/), 1000);
  });

  test('concurrent runs get the same verdicts as single runs', async () => {
    const alone = await service.judge({ code: DOUBLING['python'], tests: doublingTests(10, 3, 7) });
    const together = await Promise.all(
      Array.from({ length: 6 }, () => service.judge({ code: DOUBLING['python'], tests: doublingTests(10, 3, 7) })),
    );
    for (const answer of together) assert.deepEqual(verdicts(answer), verdicts(alone));
  });
});

describe('a sandbox that is lost', () => {
  const SLOW = 'import time; time.sleep(0.25); print("done")';
  const tests = Array.from({ length: 8 }, (_, at) => ({ args: [`test-${at}`], expected_stdout: 'done' }));

  const LEASES = 'code_runner_pool_leases_total{image="code-runner-python",origin="cold"}';

  /** A service without warm sandboxes. */
  async function emptyService(): Promise<Service> {
    const service = await Service.start({ RUNTIMES: 'python', ISOLATION: 'containers', WARM_POOL: '0' });
    await eventually(async () => assert.equal(await service.containers(), 0), 5000);
    return service;
  }

  /** Waits for the only sandbox and returns its id. */
  function onlySandbox(service: Service): Promise<string> {
    return eventually(async () => {
      const [id, ...others] = await containerIds(service);
      assert.ok(id !== undefined && others.length === 0, 'one container');
      return id;
    }, 5000);
  }

  test('if it is killed from outside, it is replaced and every test still runs', async () => {
    await using service = await emptyService();
    const before = await service.metric(LEASES);
    const judging = service.judge({ code: SLOW, tests });
    const id = await onlySandbox(service);
    await service.untilProcesses(/ test-[2-6]$/);
    execFileSync('docker', ['kill', id], { stdio: 'ignore' });
    const answer = await judging;
    assert.deepEqual(new Set(verdicts(answer)), new Set(['accepted']), JSON.stringify(answer.tests));
    assert.equal(answer.tests.length, 8);
    assert.equal(await service.metric(LEASES), before + 2);
    assert.equal(await service.stop(), 0);
  });

  test('if it is frozen from outside, the test times out, the reset fails, and the next test runs in another sandbox', async () => {
    await using service = await emptyService();
    const before = await service.metric(LEASES);
    const frozen = { timeout: 1.5, expected_stdout: 'done', args: ['slow'] };
    const judging = service.judge({ code: 'import time; time.sleep(1); print("done")', tests: [frozen, frozen] });
    const id = await onlySandbox(service);
    await service.untilProcesses(/ slow$/);
    execFileSync('docker', ['pause', id], { stdio: 'ignore' });
    const answer = await judging;
    assert.deepEqual(verdicts(answer), ['time_limit_exceeded', 'accepted']);
    assert.equal(await service.metric(LEASES), before + 2);
    await eventually(async () => assert.equal(await service.containers(), 0), 5000);
    assert.equal(await service.stop(), 0);
  });
});
