// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JudgedAnswer, RunBody } from '../e2e/service.ts';
import { attackBody, program, RUNTIME, Target } from './attack.ts';

/** Input of a later test, which no earlier test may find, and expected output, which no test may ever find. */
const SECRET_INPUT = 'input-of-the-third-test-71c2';
const SECRET_EXPECTED = 'expected-of-every-test-9e04';

function backwards(text: string): string {
  return [...text].reverse().join('');
}

function verdicts({ tests }: JudgedAnswer): string[] {
  return tests.map(({ verdict }) => verdict);
}

describe('a judged program cannot reach other tests or its verdict', () => {
  let target: Target;
  before(async () => {
    target = await Target.start({ RUNTIMES: `${RUNTIME},go` });
  });
  after(() => target.stop());

  async function judge(name: string, body: RunBody): Promise<JudgedAnswer> {
    const answer = (await target.answerTo(name, body)).answer as JudgedAnswer;
    await target.assertUntouched();
    return answer;
  }

  test('neither the input of later tests nor the expected output can be found', async () => {
    const snoop = (wanted: string, stdin: string) => ({
      args: [backwards(wanted)],
      stdin,
      expected_stdout: SECRET_EXPECTED,
    });
    const answer = await judge('judge_snoop.py', {
      tests: [
        snoop(SECRET_INPUT, 'nothing'),
        snoop(SECRET_EXPECTED, 'nothing'),
        snoop(SECRET_INPUT, SECRET_INPUT),
        snoop(SECRET_INPUT, 'nothing'),
        snoop(SECRET_EXPECTED, 'nothing'),
      ],
    });
    assert.deepEqual(
      answer.tests.map(({ stdout }) => stdout),
      ['searched []\n', 'searched []\n', "searched ['stdin']\n", 'searched []\n', 'searched []\n'],
      answer.tests[0]?.stderr,
    );
    assert.equal(answer.verdict, 'wrong_answer');
  });

  test("nor can they be found in the program's sandbox if there is a checker or an interactor", async () => {
    const tests = [{ args: [backwards(SECRET_EXPECTED)], stdin: 'x', expected_stdout: SECRET_EXPECTED }];
    const sees = `import sys\nsys.exit(0 if "${SECRET_EXPECTED}" in open("expected").read() else 1)`;
    const checked = await judge('judge_snoop.py', { tests, checker: { code: sees, image: RUNTIME } });
    assert.deepEqual([checked.verdict, checked.tests[0]?.stdout], ['accepted', 'searched []\n']);
    const talked = await judge('judge_snoop.py', { tests, interactor: { code: sees, image: RUNTIME } });
    assert.deepEqual([talked.verdict, talked.tests[0]?.stdout], ['accepted', 'searched []\n']);
  });

  const three = ['one\n', 'two\n', 'three\n'].map((text) => ({ stdin: text, expected_stdout: text }));

  test('a program that rewrites its source has the original again in the next test', async () => {
    const answer = await judge('judge_rewrite.py', { tests: three });
    assert.deepEqual(verdicts(answer), Array(3).fill('accepted'), JSON.stringify(answer.tests));
  });

  test('a program that rewrites its binary has the original again in the next test', async () => {
    const body = { ...attackBody('judge_rewrite.py'), image: 'go', code: program('judge_rewrite.go'), tests: three };
    const answer = await target.service.judge(body);
    assert.deepEqual(verdicts(answer), Array(3).fill('accepted'), JSON.stringify(answer.tests));
    await target.assertUntouched();
  });

  test('daemons of one test are gone in the next', async () => {
    const processes = `import os; print(sum(name.isdigit() and int(name) not in (1, os.getpid()) for name in os.listdir("/proc")))`;
    const files = { 'daemon.py': program('judge_daemon.py'), 'harmless.py': `${processes}\nprint(input())` };
    const harmless = { args: ['harmless.py'], stdin: 'x', expected_stdout: '0\nx\n' };
    const answer = await target.service.judge({
      image: RUNTIME,
      files,
      entrypoint: 'exec python3 "$1"',
      comparison: 'exact',
      tests: Array.from({ length: 5 }, () => [{ args: ['daemon.py'] }, harmless]).flat(),
    });
    assert.deepEqual(verdicts(answer), Array(10).fill('accepted'), JSON.stringify(answer.tests));
    await target.assertUntouched();
  });

  /** What `leave_everything.py` can leave behind. Network traces cannot be wiped, so after those the sandbox is replaced. */
  const KINDS = [
    'daemons',
    'files',
    'unlinked',
    'modes',
    'attributes',
    'flags',
    'times',
    'devices',
    'ipc',
    'queues',
    'own_settings',
    'connection',
    'datagram',
    'failed_connection',
  ];

  test('whatever one test leaves behind, the next test sees the same as the first', async () => {
    const see = { args: ['see_everything.py', '10'] };
    const answer = await target.service.judge({
      image: RUNTIME,
      files: Object.fromEntries(['see_everything.py', 'leave_everything.py'].map((name) => [name, program(name)])),
      entrypoint: 'exec python3 "$@"',
      tests: [see, ...KINDS.flatMap((kind) => [{ args: ['leave_everything.py', kind] }, see])],
    });
    // Only these lines depend on the sandbox: a replaced one has another uid and other mounts.
    const seen = (index: number) => answer.tests[index]?.stdout.replaceAll(/(?<=0o\d+ )\d+|^mounts.*/gm, '');
    assert.ok((seen(0)?.split('\n').length ?? 0) > 30, answer.tests[0]?.stderr);
    KINDS.forEach((kind, index) => {
      const leaving = answer.tests[1 + 2 * index];
      assert.deepEqual([leaving?.verdict, leaving?.stdout], ['accepted', 'left'], `${kind}: ${leaving?.stderr}`);
      assert.equal(seen(2 + 2 * index), seen(0), kind);
    });
    await target.assertUntouched();
  });

  test('a verdict cannot be forged by output, frames or files', async () => {
    const tests = ['json', 'frames', 'files'].map((kind) => ({ args: [kind], expected_stdout: 'right\n' }));
    const compared = await judge('judge_forge.py', { tests });
    assert.deepEqual(verdicts(compared), Array(3).fill('wrong_answer'));
    const code = 'import sys\nsys.exit(0 if open("output").read() == open("expected").read() else 1)';
    const checked = await judge('judge_forge.py', { tests, checker: { code, image: RUNTIME } });
    assert.deepEqual(verdicts(checked), Array(3).fill('wrong_answer'));
  });

  test('hostile output that takes over a checker affects nothing else', async () => {
    const code = 'import os, sys\nexec(open("output").read())\nsys.exit(1)';
    const evil = 'print(\'open("/tmp/left", "w").write("x") if not os.path.exists("/tmp/left") else sys.exit(0)\')';
    const answer = await target.service.judge({
      image: RUNTIME,
      code: evil,
      tests: [{}, {}, {}],
      checker: { code, image: RUNTIME },
    });
    assert.deepEqual(verdicts(answer), Array(3).fill('wrong_answer'), JSON.stringify(answer.tests));
    await target.assertUntouched();
  });

  test('bombs in several tests: each has its verdict, and the harmless test after it is accepted', async () => {
    const files = Object.fromEntries(
      ['fork_bomb.py', 'memory_parent.py', 'disk_fill.py', 'output_flood.py', 'thread_bomb.py'].map((name) => [
        name,
        program(name),
      ]),
    );
    const harmless = { args: ['harmless.py'], stdin: 'x', expected_stdout: 'x', timeout: 5 };
    const tests = Object.keys(files).flatMap((name) => [{ args: [name], timeout: 2 }, harmless]);
    const answer = await target.service.judge({
      image: RUNTIME,
      files: { ...files, 'harmless.py': 'print(input())' },
      entrypoint: 'exec python3 "$1"',
      mem_limit: '128m',
      disk_limit: '32m',
      tests,
    });
    const behind = answer.tests.filter((_, index) => index % 2 === 1).map(({ verdict }) => verdict);
    assert.deepEqual(behind, Array(5).fill('accepted'), JSON.stringify(verdicts(answer)));
    await target.assertUntouched();
  });
});
