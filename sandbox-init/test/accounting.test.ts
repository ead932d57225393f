import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { ONE_AT_A_TIME, type Outcome, type Sandbox, suite } from './harness.ts';

const MEBIBYTE = 1024 ** 2;

/** The CPU time of a container in milliseconds, as the host's kernel counts it. */
function cpuMsSeenFromOutside(sandbox: Sandbox): number {
  for (const line of readFileSync(`/proc/${sandbox.hostPid()}/cgroup`, 'utf8').split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const v1 = `/sys/fs/cgroup/cpuacct${path}/cpuacct.usage`;
    const v2 = `/sys/fs/cgroup${path}/cpu.stat`;
    if (controllers.includes('cpuacct') && existsSync(v1)) return Number(readFileSync(v1, 'utf8')) / 1e6;
    if (controllers === '' && existsSync(v2)) {
      return Number(/^usage_usec (\d+)/m.exec(readFileSync(v2, 'utf8'))?.[1]) / 1000;
    }
  }
  throw new Error('the cgroup of the sandbox was not found');
}

function assertNear(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= Math.max(0.05 * expected, 5), `${what}: ${actual} ms, and ${expected} ms`);
}

/** An execution, and the CPU time that the host measured meanwhile. */
async function watched(
  sandbox: Sandbox,
  work: () => Promise<Outcome>,
): Promise<{ outcome: Outcome; outsideMs: number }> {
  const before = cpuMsSeenFromOutside(sandbox);
  const outcome = await work();
  return { outcome, outsideMs: cpuMsSeenFromOutside(sandbox) - before };
}

/** Retries up to five times, because other work on the machine may delay a measurement. */
async function onceInFive(attempt: () => Promise<void>): Promise<void> {
  for (let left = 4; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

const BURNS = {
  'one thread': ['1', '0', '200'],
  'three threads': ['3', '0', '100'],
  'twenty children, one after the other': ['0', '20', '10'],
  'threads and children': ['2', '10', '15'],
};

/** Programs that use CPU time endlessly. */
const BURNERS: Record<string, readonly string[]> = {
  'one thread': ['/programs/burn', '1', '0', '100000'],
  'four threads': ['/programs/burn', '4', '0', '100000'],
  'children of two milliseconds': ['/programs/burn', '0', '1000000', '2'],
  'threads and children': ['/programs/burn', '2', '1000000', '1'],
  'a fork bomb': [
    'python3',
    '-c',
    'import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n try:\n  if os.fork() == 0:\n   for i in range(20000): pass\n   os._exit(0)\n except OSError: pass',
  ],
  'orphans of orphans': [
    'python3',
    '-c',
    'import os\nwhile True:\n try:\n  if os.fork(): os._exit(0) if os.getppid() == 1 and os.getpid() != os.getsid(0) else None\n  for i in range(20000): pass\n except OSError: pass',
  ],
};

suite('accounting', ONE_AT_A_TIME, (t) => {
  t('CPU time, after several resets, agrees with the clocks of threads and with the host', async (sandbox) => {
    sandbox.snapshot();
    for (const [what, args] of Object.entries(BURNS)) {
      await sandbox.reset();
      const { outcome, outsideMs } = await watched(sandbox, () => sandbox.exec(['/programs/burn', ...args]));
      assert.equal(outcome.cause, 'exited', outcome.stderr.toString());
      assertNear(outcome.cpuMs, Number(outcome.stdout) / 1000, `${what}, by its own clocks`);
      assertNear(outcome.cpuMs, outsideMs, `${what}, from outside`);
    }
  });

  for (const [what, argv] of Object.entries(BURNERS)) {
    t(`cpu_ms is kept to 50 ms: ${what}`, async (sandbox) => {
      sandbox.snapshot();
      for (const cpuMs of [50, 300]) {
        await onceInFive(async () => {
          await sandbox.reset();
          const { outcome, outsideMs } = await watched(sandbox, () =>
            sandbox.exec(argv, { cpuMs, wallMs: 20_000 }, 25_000),
          );
          assert.equal(outcome.cause, 'cpu_limit', outcome.stderr.toString());
          assert.ok(outcome.cpuMs >= cpuMs - 1 && outcome.cpuMs <= cpuMs + 50, `${outcome.cpuMs} ms of ${cpuMs}`);
          assert.ok(outsideMs <= cpuMs + 100, `${outsideMs} ms of ${cpuMs} from outside`);
        });
      }
    });
  }

  t('wall time is that of the program alone', async (sandbox) => {
    sandbox.snapshot();
    await onceInFive(async () => {
      await sandbox.reset();
      const began = performance.now();
      const outcome = await sandbox.exec(['/bin/sleep', '0.2']);
      const aroundMs = performance.now() - began;
      assert.ok(outcome.wallMs >= 200 && outcome.wallMs <= aroundMs, `${outcome.wallMs} of ${aroundMs} ms`);
      assert.ok(outcome.wallMs < 210, `${outcome.wallMs} ms`);
      assert.ok(outcome.cpuMs < 10, `${outcome.cpuMs} ms`);
    });
  });

  const grab = (megabytes: number) => `x = bytearray(${megabytes} << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\n`;
  const children = (count: number, megabytes: number) =>
    `import os, time\nfor i in range(${count}):\n if os.fork() == 0:\n  x = bytearray(${megabytes} << 20); time.sleep(.05); os._exit(0)\nfor i in range(${count}): os.wait()`;
  const PEAKS: [what: string, source: string, least: number, most: number][] = [
    ['a hungry one', grab(150), 150, 175],
    ['little', 'pass', 2, 20],
    ['something', grab(40), 40, 60],
    ['four children at once', children(4, 20), 80, 110],
    ['a file in memory', 'import time; open("/tmp/f", "wb").write(bytes(50 << 20)); time.sleep(.03)', 50, 115],
    ['little again', 'pass', 2, 20],
    ['killed at the limit of time', `${grab(60)}\nwhile True: pass`, 60, 80],
  ];
  t('the peak of memory is that of the execution alone', async (sandbox) => {
    sandbox.snapshot();
    await sandbox.python(
      'import os\nfor f in os.listdir("/usr/bin"):\n try: open("/usr/bin/" + f, "rb").read()\n except OSError: pass',
    );
    for (const [what, source, least, most] of PEAKS) {
      await onceInFive(async () => {
        await sandbox.reset();
        const outcome = await sandbox.python(source, { wallMs: 1000 });
        const peak = outcome.memoryPeakBytes / MEBIBYTE;
        assert.ok(peak >= least && peak <= most, `${what}: ${peak.toFixed(1)} MiB, not ${least} to ${most}`);
      });
    }
  });
});
