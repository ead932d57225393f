// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { type JudgedAnswer, Service } from './service.ts';

/** Accepts any two numbers whose sum is the input. */
const SUM_CHECKER: Record<string, string> = {
  python: `import sys
try:
    wanted = int(open("input").read())
    a, b = map(int, open("output").read().split())
except ValueError:
    print("not two numbers")
    sys.exit(2)
print(f"{a} + {b}, expected {open('expected').read().strip()}")
sys.exit(0 if a + b == wanted else 1)`,
  go: `package main
import ("fmt"; "os")
func main() {
	var wanted, a, b int
	input, _ := os.Open(os.Args[1])
	output, _ := os.Open(os.Args[2])
	fmt.Fscan(input, &wanted)
	if n, _ := fmt.Fscan(output, &a, &b); n != 2 { fmt.Println("not two numbers"); os.Exit(2) }
	expected, _ := os.ReadFile(os.Args[3])
	fmt.Printf("%d + %d, expected %s", a, b, expected)
	if a+b != wanted { os.Exit(1) }
}`,
};
const SPLIT = 'n = int(input())\nprint({1: "0 1", 2: "5 -3", 3: "1 1", 4: "many"}[n])';
const TESTS = [1, 2, 3, 4].map((n) => ({ stdin: `${n}\n`, expected_stdout: `0 ${n}` }));

function said({ tests }: JudgedAnswer): unknown[] {
  return tests.map(({ verdict, message }) => [verdict, message]);
}

describe('a checker', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python,go' });
  });
  after(() => service.stop());

  for (const [image, code] of Object.entries(SUM_CHECKER)) {
    test(`in ${image}: decides, with a message`, async () => {
      const answer = await service.judge({ code: SPLIT, tests: TESTS, checker: { code, image } });
      assert.deepEqual(said(answer), [
        ['accepted', '0 + 1, expected 0 1'],
        ['accepted', '5 + -3, expected 0 2'],
        ['wrong_answer', '1 + 1, expected 0 3'],
        ['wrong_answer', 'not two numbers'],
      ]);
      assert.deepEqual([answer.verdict, answer.stdout], ['wrong_answer', '1 1\n']);
    });
  }

  test('starts fresh in every test and cannot remember anything', async () => {
    const code = 'import os, sys\nopen("memory", "x").write("x")\nopen("/tmp/memory", "x").write("x")\nsys.exit(0)';
    const answer = await service.judge({ code: 'print(1)', tests: [{}, {}, {}], checker: { code } });
    assert.equal(answer.verdict, 'accepted', JSON.stringify(answer.tests));
  });

  test('a failure of the checker is reported as one, and the next test is checked', async () => {
    const code = `import os, sys, time
kind = open("input").read()
if kind == "code": sys.exit(3)
if kind == "signal": os.abort()
if kind == "memory":
    x = bytearray(1 << 30)
    for i in range(0, len(x), 4096): x[i] = 1
if kind == "flood":
    while True: print("x" * 9999)
sys.exit(0)`;
    const kinds = ['code', 'signal', 'memory', 'flood', 'fine'];
    const answer = await service.judge({
      code: 'print(1)',
      tests: kinds.map((stdin) => ({ stdin })),
      checker: { code },
    });
    const verdicts = answer.tests.map(({ verdict }) => verdict);
    assert.deepEqual(verdicts, [...Array(4).fill('judge_failed'), 'accepted']);
    assert.deepEqual([answer.verdict, answer.status], ['judge_failed', 'completed']);
  });

  test('one that never ends is ended at the default time limit', async () => {
    await using quick = await Service.start({ RUNTIMES: 'python', DEFAULT_TIMEOUT: '0.5' });
    const answer = await quick.judge({ code: 'print(1)', tests: [{}], checker: { code: 'while True: pass' } });
    assert.deepEqual(said(answer), [['judge_failed', 'timed_out']]);
  });

  test('one that does not compile is a bad request with the compiler’s output', async () => {
    const problem = await service.refusal({
      code: 'print(1)',
      tests: [{}],
      checker: { code: 'package main\nfunc main() { x }', image: 'go' },
    });
    assert.deepEqual([problem.status, problem.code], [422, 'invalid_request']);
    assert.match(problem.detail, /checker does not compile.*undefined: x/s);
    const unknown = await service.refusal({ code: 'print(1)', tests: [{}], checker: { code: 'x', image: 'cobol' } });
    assert.deepEqual([unknown.status, unknown.code], [404, 'unknown_runtime']);
  });

  test('a program that failed is not checked', async () => {
    const answer = await service.judge({
      code: 'import sys; print(1); sys.exit(1)',
      tests: [{}],
      checker: { code: 'import sys; sys.exit(0)' },
    });
    assert.deepEqual(said(answer), [['runtime_error', null]]);
  });

  test('large files and bytes that are not UTF-8 reach it unchanged', async () => {
    const code = `import hashlib, sys
print(*[hashlib.sha256(open(name, "rb").read()).hexdigest()[:8] for name in sys.argv[1:]])`;
    const bytes = Buffer.alloc(1 << 20, Buffer.from([0, 255, 10, 13]));
    const content = { content: bytes.toString('base64'), encoding: 'base64' };
    const echo = 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())';
    const answer = await service.judge({
      code: echo,
      tests: [{ stdin: content, expected_stdout: content }],
      checker: { code },
    });
    const [first, ...others] = answer.tests[0]?.message?.split(' ') ?? [];
    assert.deepEqual(others, [first, first], JSON.stringify(answer.tests[0]?.verdict));
  });

  test('both sandboxes are gone when the run has ended', async () => {
    await eventually(async () => assert.equal(await service.containers(), 0), 3000);
  });
});
