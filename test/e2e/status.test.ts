// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunBody, Service } from './service.ts';

/** A timed-out run must be answered within this time after its limit. */
const ANSWER_WITHIN_MS = 300;

describe('every status', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python,go' });
  });
  after(() => service.stop());

  for (const exitCode of [0, 1, 124, 137, 139]) {
    test(`a program that itself exits with ${exitCode} is completed`, async () => {
      const answer = await service.run({ code: `import sys; sys.exit(${exitCode})` });
      assert.deepEqual([answer.status, answer.exit_code, answer.signal], ['completed', exitCode, null]);
    });
  }

  for (const [signal, number] of [
    ['SIGKILL', 9],
    ['SIGSEGV', 11],
    ['SIGTERM', 15],
  ] as const) {
    test(`${signal} is signaled, not out_of_memory`, async () => {
      const answer = await service.run({ code: `import os; print("x", flush=True); os.kill(os.getpid(), ${number})` });
      assert.deepEqual([answer.status, answer.exit_code, answer.signal], ['signaled', 128 + number, signal]);
      assert.equal(answer.stdout, 'x\n');
    });
  }

  const sleepers: Record<string, RunBody> = {
    sleeps: { code: 'import time; print("before", flush=True); time.sleep(60)' },
    'is busy': { code: 'print("before", flush=True)\nwhile True: pass' },
    'ignores every signal': {
      code: 'import signal, time\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nprint("before", flush=True)\ntime.sleep(60)',
    },
    'stops itself': { code: 'import os, signal; print("before", flush=True); os.kill(os.getpid(), signal.SIGSTOP)' },
    'forks and leaves': {
      code: 'import os, time\nprint("before", flush=True)\nfor _ in range(20):\n  if os.fork() == 0: time.sleep(60)\ntime.sleep(60)',
    },
    'closes its pipes': {
      code: 'import os, time; print("before", flush=True); os.close(0); os.close(1); os.close(2); time.sleep(60)',
    },
    'is a fork bomb': {
      code: 'import os\nprint("before", flush=True)\nwhile True:\n  try: os.fork()\n  except OSError: pass',
    },
  };
  for (const [what, body] of Object.entries(sleepers)) {
    test(`timed_out: a program that ${what} is answered within ${ANSWER_WITHIN_MS} ms of its limit, with what it had printed`, async () => {
      const answer = await service.run({ ...body, timeout: 0.7 });
      assert.deepEqual([answer.status, answer.exit_code], ['timed_out', -1]);
      assert.equal(answer.stdout, 'before\n');
      const { sandbox_ms = 0, stage_ms = 0, run_ms = 0, queue_ms = 0, total_ms = 0 } = answer.timings;
      assert.ok(run_ms >= 690, `ran for ${run_ms} ms`);
      const late = total_ms - queue_ms - sandbox_ms - Math.min(stage_ms, 50) - 700;
      assert.ok(late < ANSWER_WITHIN_MS, `answered ${late} ms after the limit: ${JSON.stringify(answer.timings)}`);
    });
  }

  test('timed_out by cpu_timeout, with threads and children counted, long before the wall limit', async () => {
    const code =
      'import multiprocessing\ndef burn():\n  while True: pass\nfor _ in range(2): multiprocessing.Process(target=burn).start()';
    const answer = await service.run({ code, cpu_timeout: 0.5, timeout: 20, cpus: 2 });
    assert.equal(answer.status, 'timed_out');
    assert.ok(Math.abs((answer.usage.cpu_ms ?? 0) - 500) < 100, `${answer.usage.cpu_ms} ms`);
    assert.ok(answer.usage.wall_ms < 5000);
  });

  const hogs: Record<string, string> = {
    itself: 'x = bytearray(400 * 1024**2)',
    'in a child whose failure it reports':
      'import subprocess, sys\nsys.exit(subprocess.run([sys.executable, "-c", "x = bytearray(400 * 1024**2)"]).returncode != 0)',
    'by filling /tmp': 'f = open("/tmp/x", "wb")\nwhile True: f.write(bytes(1024**2))',
  };
  for (const [what, code] of Object.entries(hogs)) {
    test(`out_of_memory: a program that takes too much ${what}`, async () => {
      const answer = await service.run({ code: `print("before", flush=True)\n${code}`, mem_limit: '64m' });
      assert.deepEqual([answer.status, answer.exit_code], ['out_of_memory', 137], answer.stderr);
      assert.equal(answer.stdout, 'before\n');
      assert.ok((answer.usage.memory_peak_bytes ?? 0) > 50 * 1024 ** 2);
    });
  }

  test('output_limit_exceeded: killed at 16 times the limit, the first part returned', async () => {
    for (const stream of ['stdout', 'stderr'] as const) {
      const answer = await service.run({
        code: `import sys\nwhile True: sys.${stream}.write("y" * 65536)`,
        output_limit: '64k',
      });
      assert.deepEqual([answer.status, answer.exit_code], ['output_limit_exceeded', 137]);
      assert.equal(answer[stream], 'y'.repeat(65536));
      assert.equal(answer[`${stream}_truncated`], true);
    }
  });

  test('the run ends with the main process, even if a daemon holds the pipes', async () => {
    const code = 'import os, time\nif os.fork() == 0:\n  os.setsid()\n  time.sleep(30)\nprint("main ends")';
    const answer = await service.run({ code });
    assert.equal(answer.status, 'completed');
    assert.equal(answer.stdout, 'main ends\n');
    assert.ok(answer.usage.wall_ms < 5000);
  });

  test("compile_failed: also if the compiler is killed at its own limit, which is not the run's limit", async () => {
    const code = 'package main\nimport "fmt"\nfunc main() { fmt.Println("ran") }';
    const failed = await service.run({ image: 'go', code, compile_timeout: 0.01 });
    assert.equal(failed.status, 'compile_failed');
    assert.equal(failed.compile?.status, 'timed_out');
    assert.equal(failed.exit_code, -1);
    const slow = await service.run({ image: 'go', code, timeout: 0.2 });
    assert.equal(slow.status, 'completed', 'compiling does not count towards timeout');
    assert.equal(slow.stdout, 'ran\n');
  });
});
