import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { IN, OUT } from '../../src/init-protocol/codec.ts';
import { ONE_AT_A_TIME, type Outcome, pack, suite, THREE_AT_A_TIME } from './harness.ts';

function assertWallLimit(outcome: Outcome, limitMs: number): void {
  assert.equal(outcome.cause, 'wall_limit');
  assert.ok(outcome.wallMs >= limitMs && outcome.wallMs < limitMs + 1500, `ended after ${outcome.wallMs} ms`);
}

suite('limits of time', THREE_AT_A_TIME, (t) => {
  const stubborn: Record<string, string> = {
    sleep: 'import time; time.sleep(60)',
    'a busy loop': 'while True: pass',
    'one that ignores every signal':
      'import signal, time\nfor s in range(1, 65):\n try: signal.signal(s, signal.SIG_IGN)\n except (OSError, ValueError): pass\ntime.sleep(60)',
    'one that stops itself': 'import os, signal; os.kill(os.getpid(), signal.SIGSTOP)',
    'one that closed its streams': 'import os, time; os.close(0); os.close(1); os.close(2); time.sleep(60)',
    'a fork bomb': 'import os\nwhile True:\n try: os.fork()\n except OSError: pass',
    'one that floods its output': 'import os\nwhile True: os.write(1, b"x" * 1000)',
    'one that empties its own output pipe':
      'import os\nfd = os.open("/proc/self/fd/1", os.O_RDONLY)\nwhile True: os.write(1, b"xx"); os.read(fd, 1)',
  };
  for (const [what, source] of Object.entries(stubborn)) {
    t(`wall limit: ${what}`, async (sandbox) => {
      assertWallLimit(await sandbox.python(source, { wallMs: 500, outputBytes: 1000, outputKillBytes: 1e15 }), 500);
      await sandbox.stillAnswers();
    });
  }
});

suite('limits', ONE_AT_A_TIME, (t) => {
  t('wall limit: within a few milliseconds, with the output so far', async (sandbox) => {
    const late: number[] = [];
    for (let i = 0; i < 9; i++) {
      const outcome = await sandbox.exec(['/bin/sh', '-c', 'echo early; exec sleep 60'], { wallMs: 100 });
      assertWallLimit(outcome, 100);
      assert.equal(outcome.stdout.toString(), 'early\n');
      late.push(outcome.wallMs - 100);
    }
    const median = late.sort((a, b) => a - b)[4] ?? Number.NaN;
    assert.ok(median < 10, `median lateness ${median} ms`);
  });

  const burners: Record<string, string> = {
    'one process': 'while True: pass',
    children: 'import os\nos.fork()\nwhile True: pass',
    'double-forked children, SIGCHLD ignored':
      'import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nfor i in range(2):\n if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n   while True: pass\n  os._exit(0)\ntime.sleep(60)',
    'children that end one after the other':
      'import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n if os.fork() == 0:\n  for i in range(100000): pass\n  os._exit(0)\n try: os.wait()\n except OSError: pass',
  };
  // The cgroup's clock and sandbox-init's own are read one after the other, so the difference may be microseconds too small.
  for (const [what, source] of Object.entries(burners)) {
    t(`cpu limit: ${what}`, async (sandbox) => {
      const outcome = await sandbox.python(source, { cpuMs: 300, wallMs: 10_000 });
      assert.equal(outcome.cause, 'cpu_limit');
      assert.ok(outcome.cpuMs >= 299 && outcome.cpuMs < 400, `${outcome.cpuMs} ms`);
      await sandbox.stillAnswers();
    });
  }

  t('cpu limit: sleeping costs nothing', async (sandbox) => {
    const outcome = await sandbox.exec(['/bin/sleep', '0.5'], { cpuMs: 100 });
    assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0]);
  });

  const eatMemory = 'x = []\nwhile True: x.append(bytearray(1 << 20))';
  t(
    'out of memory: the main process',
    async (sandbox) => {
      const outcome = await sandbox.python(eatMemory);
      assert.deepEqual([outcome.cause, outcome.signal], ['out_of_memory', 9]);
      assert.ok(outcome.memoryPeakBytes > 60 * 1024 * 1024, `${outcome.memoryPeakBytes}`);
      await sandbox.stillAnswers();
      const plain = await sandbox.python('import os; os.kill(os.getpid(), 9)');
      assert.deepEqual([plain.cause, plain.signal], ['signaled', 9]);
      const failing = await sandbox.exec(['/bin/false']);
      assert.deepEqual([failing.cause, failing.exitCode], ['exited', 1]);
    },
    { memory: '96m' },
  );

  t(
    'out of memory: a child of a parent that then fails, or does not',
    async (sandbox) => {
      const parent = (code: number): string =>
        `import os, sys\nif os.fork() == 0:\n ${eatMemory.replaceAll('\n', '\n ')}\nos.wait()\nsys.exit(${code})`;
      const failing = await sandbox.python(parent(3));
      assert.deepEqual([failing.cause, failing.exitCode], ['out_of_memory', 3]);
      const surviving = await sandbox.python(parent(0));
      assert.deepEqual([surviving.cause, surviving.exitCode], ['exited', 0]);
    },
    { memory: '96m' },
  );

  t(
    'out of memory: filling /workspace beyond the memory',
    async (sandbox) => {
      const outcome = await sandbox.exec(['/bin/dd', 'if=/dev/zero', 'of=fill', 'bs=1M', 'count=200']);
      assert.deepEqual([outcome.cause, outcome.signal], ['out_of_memory', 9]);
      await sandbox.stillAnswers();
      sandbox.snapshot();
      await sandbox.reset();
      await sandbox.stillAnswers();
    },
    { memory: '96m' },
  );

  t(
    "a full /workspace is the program's own failure",
    async (sandbox) => {
      const outcome = await sandbox.exec(['/bin/dd', 'if=/dev/zero', 'of=fill', 'bs=64k']);
      assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 1]);
      sandbox.sendFiles(await pack([{ name: 'more', content: 'x' }]));
      await sandbox.fails('no_space');
    },
    { workspaceSize: '1m' },
  );

  t(
    'without a cgroup: measures and limits the main process',
    async (sandbox) => {
      assert.equal((await sandbox.exec(['/bin/ls', '/sys/fs/cgroup'])).stdout.toString(), '');
      const limited = await sandbox.python('while True: pass', { cpuMs: 300 });
      assert.equal(limited.cause, 'cpu_limit');
      assert.ok(limited.cpuMs >= 299 && limited.cpuMs < 400, `${limited.cpuMs} ms`);
      const measured = await sandbox.python('x = bytearray(50_000_000)');
      assert.equal(measured.cause, 'exited');
      assert.ok(measured.memoryPeakBytes > 50e6 && measured.memoryPeakBytes < 100e6, `${measured.memoryPeakBytes}`);
      assert.ok(measured.cpuMs > 1 && measured.cpuMs < 300, `${measured.cpuMs}`);
    },
    { dockerArguments: ['--tmpfs', '/sys/fs/cgroup:ro'] },
  );
});

/** The files of a cgroup of version 2 with the given content, mounted where the kernel's would be. */
class FakeCgroup {
  readonly folder = mkdtempSync(join(tmpdir(), 'sbinit-cgroup-'));

  constructor() {
    this.set(0, 0, 10_000_000);
  }

  set(cpuUs: number, oomKills: number, peakBytes: number): void {
    writeFileSync(join(this.folder, 'cpu.stat'), `usage_usec ${cpuUs}\nuser_usec 0\nsystem_usec 0\n`);
    writeFileSync(
      join(this.folder, 'memory.events'),
      `low 0\nhigh 0\nmax 9\noom 9\noom_kill ${oomKills}\noom_group_kill 0\n`,
    );
    writeFileSync(join(this.folder, 'memory.peak'), `${peakBytes}\n`);
    writeFileSync(join(this.folder, 'memory.current'), '30000000\n');
    chmodSync(this.folder, 0o755);
  }
}

const fake = new FakeCgroup();
const dockerArguments = ['--volume', `${fake.folder}:/sys/fs/cgroup:ro`];
after(() => rmSync(fake.folder, { recursive: true }));

suite('limits with a cgroup of version 2', ONE_AT_A_TIME, (t) => {
  t(
    'reads its files',
    async (sandbox) => {
      fake.set(0, 0, 10_000_000);
      const first = await sandbox.exec(['/bin/sleep', '0.1']);
      assert.ok(
        first.memoryPeakBytes === 30_000_000,
        `the samples, because the peak is from before: ${first.memoryPeakBytes}`,
      );
      sandbox.sendExec(['/bin/sh', '-c', 'read line; exit 1'], { stdin: 'pipe' });
      await sandbox.next(OUT.started);
      fake.set(500_000, 1, 20_000_000);
      sandbox.send(IN.stdin);
      const second = await sandbox.outcomeAfterStart();
      assert.deepEqual([second.cause, second.exitCode, second.memoryPeakBytes], ['out_of_memory', 1, 20_000_000]);
      assert.ok(second.cpuMs > 450 && second.cpuMs <= 500, `${second.cpuMs}`);
      sandbox.sendExec(['/bin/sleep', '60'], { cpuMs: 1000 });
      await sandbox.next(OUT.started);
      fake.set(2_000_000, 1, 20_000_000);
      assert.equal((await sandbox.outcomeAfterStart()).cause, 'cpu_limit');
    },
    { dockerArguments },
  );
});
