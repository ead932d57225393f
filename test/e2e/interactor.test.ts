// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @cells
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { forgetPeak, memoryKib } from './process-memory.ts';
import { type RunBody, Service, type TestAnswer } from './service.ts';

/** Answers guesses with `<`, `>` or `=`. The secret number is the input. */
const GUESS_INTERACTOR = `import sys
secret = int(open("input").read())
for guesses in range(1, 21):
    line = sys.stdin.readline()
    if not line.strip().isdigit():
        print("no guess: " + repr(line), file=sys.stderr)
        sys.exit(1)
    guess = int(line)
    print("=" if guess == secret else "<" if guess < secret else ">", flush=True)
    if guess == secret:
        print(f"{guesses} guesses", file=sys.stderr)
        sys.exit(0)
print("too many guesses", file=sys.stderr)
sys.exit(1)`;

/** Finds a number from 1 to 1000 by binary search. */
const GUESSING: Record<string, string> = {
  python: `low, high = 1, 1000
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == "=": break
    if answer == "<": low = middle + 1
    else: high = middle - 1`,
  go: `package main
import "fmt"
func main() {
	low, high := 1, 1000
	for {
		middle := (low + high) / 2
		fmt.Println(middle)
		var answer string
		fmt.Scan(&answer)
		if answer == "=" { return }
		if answer == "<" { low = middle + 1 } else { high = middle - 1 }
	}
}`,
  node: `const lines = require("readline").createInterface({ input: process.stdin });
let [low, high] = [1, 1000];
const guess = () => console.log((low + high) >> 1);
lines.on("line", (answer) => {
  const middle = (low + high) >> 1;
  if (answer === "=") return lines.close();
  if (answer === "<") low = middle + 1; else high = middle - 1;
  guess();
});
guess();`,
};
const SECRETS = ['1', '500', '617', '1000'].map((stdin) => ({ stdin }));

describe('an interactor', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python,go,node' });
  });
  after(() => service.stop());

  async function talk(code: string, interactor: string, fields: RunBody = {}): Promise<TestAnswer> {
    const answer = await service.judge({ code, tests: [{ timeout: 2, ...fields }], interactor: { code: interactor } });
    assert.ok(answer.tests[0]);
    return answer.tests[0];
  }

  for (const [image, code] of Object.entries(GUESSING)) {
    test(`talks with a program in ${image}, freshly in every test`, async () => {
      const answer = await service.judge({ image, code, tests: SECRETS, interactor: { code: GUESS_INTERACTOR } });
      assert.deepEqual(
        answer.tests.map(({ verdict, message }) => [verdict, message?.endsWith(' guesses') ?? message]),
        Array(4).fill(['accepted', true]),
        JSON.stringify(answer.tests),
      );
      assert.match(answer.tests[1]?.stdout ?? '', /^500\n$/);
    });
  }

  test('says what was wrong', async () => {
    const linear = 'n = 0\nwhile True:\n  n += 1\n  print(n, flush=True)\n  if input() == "=": break';
    const many = await talk(linear, GUESS_INTERACTOR, { stdin: '900' });
    assert.deepEqual([many.verdict, many.message], ['wrong_answer', 'too many guesses']);
    const early = await talk('print("hello")', GUESS_INTERACTOR, { stdin: '900' });
    assert.deepEqual([early.verdict, early.message], ['wrong_answer', "no guess: 'hello\\n'"]);
    const silent = await talk('pass', GUESS_INTERACTOR, { stdin: '900' });
    assert.deepEqual([silent.verdict, silent.message], ['wrong_answer', "no guess: ''"]);
  });

  test('has the files input and expected; the program has neither', async () => {
    const code = 'import os; print(os.listdir(), flush=True); input()';
    const interactor = `import os, sys
print(input(), sorted(os.listdir()), open(sys.argv[3]).read(), file=sys.stderr)
print("go")
sys.exit(2)`;
    const { verdict, message } = await talk(code, interactor, { stdin: 'in', expected_stdout: 'ex' });
    assert.equal(verdict, 'wrong_answer');
    assert.equal(message, "['main.py'] ['expected', 'input', 'main.py'] ex");
  });

  test('a deadlock ends at the time limit and is the program’s fault', async () => {
    const startedAt = performance.now();
    const { verdict, status } = await talk('input()', 'input()', { timeout: 0.7 });
    assert.deepEqual([verdict, status], ['time_limit_exceeded', 'timed_out']);
    assert.ok(performance.now() - startedAt < 5000);
  });

  const HOSTILE: [what: string, program: string, interactor: string, verdict: string][] = [
    ['the program floods', 'while True: print("x" * 9999)', 'import time; time.sleep(1)', 'output_limit_exceeded'],
    ['the interactor floods', 'import time; time.sleep(1)', 'while True: print("x" * 9999)', 'judge_failed'],
    ['both flood, none reads', 'while True: print("x" * 9999)', 'while True: print("x" * 9999)', '*'],
    [
      'the program exits at once',
      'import os; os._exit(0)',
      'import sys; sys.exit(1 if input() else 0)',
      'wrong_answer',
    ],
    ['the interactor exits at once with 0', 'import sys; sys.stdin.read()', 'pass', 'accepted'],
    [
      'the interactor exits at once with 1',
      'import sys; sys.exit(len(input()))',
      'import sys; sys.exit(1)',
      'wrong_answer',
    ],
    ['the interactor crashes at once', 'import sys; sys.stdin.read()', 'import os; os.abort()', 'judge_failed'],
    ['the program crashes', 'import os; os.abort()', 'input()', 'runtime_error'],
    [
      'the program closes its output and continues',
      'import os, time; os.close(1); time.sleep(9)',
      'input()',
      'time_limit_exceeded',
    ],
    [
      'the program closes its input',
      'import os, time; os.close(0); print(1); time.sleep(0.1)',
      'print("x" * 500000); input()',
      'accepted',
    ],
    [
      'the program never reads half a megabyte',
      'import time; print(1, flush=True); time.sleep(0.5)',
      'import sys; print("x" * 500000, flush=True); input(); sys.exit(0)',
      'accepted',
    ],
    [
      'both print half a megabyte before they read',
      'print("p" * 500000, flush=True); print(len(input()), flush=True)',
      'import sys; print("i" * 500000, flush=True); sys.exit(0 if len(input()) == int(input()) else 1)',
      'accepted',
    ],
    [
      'a daemon keeps the program’s output open',
      'import os, time\nif os.fork() == 0:\n  os.setsid(); time.sleep(60)\nprint(1, flush=True)',
      'import sys\nsys.stdin.read(); sys.exit(0)',
      'accepted',
    ],
  ];
  for (const [what, program, interactor, verdict] of HOSTILE) {
    test(`${what}: ${verdict}`, async () => {
      const result = await talk(program, interactor);
      if (verdict === '*') assert.match(result.verdict, /output_limit_exceeded|judge_failed/);
      else assert.equal(result.verdict, verdict, JSON.stringify(result));
    });
  }

  test('a thousand exchanges, byte for byte', async () => {
    const code = 'import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)';
    const interactor = `import sys, random
for n in range(1000):
    sent = str(random.random())
    print(sent, flush=True)
    if input() != sent[::-1]: sys.exit(1)
sys.exit(0)`;
    const startedAt = performance.now();
    assert.equal((await talk(code, interactor, { timeout: 20 })).verdict, 'accepted');
    console.log(`# ${((performance.now() - startedAt) / 1000).toFixed(2)} ms an exchange`);
  });

  test('the service buffers no more than the output limit, however small the pieces', async () => {
    const { pid } = service.process;
    forgetPeak(pid);
    const before = memoryKib(pid, 'VmRSS');
    const drip = 'import os, time\nfor _ in range(200000): os.write(1, b"x")\ntime.sleep(1)';
    await Promise.all([1, 2].map(() => talk('import time; time.sleep(3)', drip, { timeout: 4 })));
    const grownKib = memoryKib(pid, 'VmHWM') - before;
    assert.ok(grownKib < 100 * 1024, `the service grew by ${grownKib} KiB`);
  });

  test('a client that disconnects ends both sandboxes', async () => {
    await using own = await Service.start({ RUNTIMES: 'python' });
    const client = new AbortController();
    const body = { code: 'input()', tests: [{ timeout: 30, args: ['talker'] }], interactor: { code: 'input()' } };
    const answer = own.post(body, { signal: client.signal });
    answer.catch(() => undefined);
    await own.untilProcesses(/ talker$/);
    assert.equal(await own.containers(), 2);
    client.abort();
    await assert.rejects(answer, { name: 'AbortError' });
    await eventually(async () => assert.equal(await own.containers(), 0), 1500);
  });
});
