// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OUT } from '../../src/init-protocol/codec.ts';
import { PATH_ENV, PROTOCOL_ONLY, pack, type Sandbox, suite, withSandbox } from './harness.ts';

/** Says whether a process that a program leaves writes a file after the end of its program. */
async function actsLater(sandbox: Sandbox): Promise<string> {
  await sandbox.python(`
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(0.3)
    open('/workspace/later', 'w')
`);
  const look = 'import os, time\ntime.sleep(0.6)\nprint(os.path.exists("/workspace/later"))';
  return (await sandbox.python(look)).stdout.toString();
}

suite('exec', PROTOCOL_ONLY, (t) => {
  t('passes arguments byte for byte', async (sandbox) => {
    const args = ['', 'a b', 'ä\n"\'\\$`', '=', 'x='];
    sandbox.sendExec([
      '/usr/bin/python3',
      '-c',
      'import sys,os; sys.stdout.buffer.write(b"\\0".join(map(os.fsencode, sys.argv[1:])))',
      ...args,
      Buffer.from([0xff, 0xfe]),
    ]);
    const { stdout } = await sandbox.outcome();
    assert.deepEqual(stdout, Buffer.concat([Buffer.from(`${args.join('\0')}\0`), Buffer.from([0xff, 0xfe])]));
  });

  t('gives the program exactly the requested environment', async (sandbox) => {
    const env = ['A=1', 'EMPTY=', 'WITH=a=b\nc'];
    const { stdout } = await sandbox.exec(['/usr/bin/env', '-0'], { env });
    assert.equal(stdout.toString(), env.map((entry) => `${entry}\0`).join(''));
    assert.equal((await sandbox.exec(['/usr/bin/env'], { env: [] })).stdout.length, 0);
  });

  t('takes a megabyte of arguments', async (sandbox) => {
    const args = Array.from({ length: 10 }, (_, i) => String(i).repeat(100_000));
    const { stdout } = await sandbox.exec([
      '/usr/bin/python3',
      '-c',
      'import sys; print([len(a) for a in sys.argv[1:]])',
      ...args,
    ]);
    assert.equal(stdout.toString(), `[${args.map((a) => a.length).join(', ')}]\n`);
    const many = Array.from({ length: 100_000 }, () => 'x');
    const count = await sandbox.exec(['/usr/bin/python3', '-c', 'import sys; print(len(sys.argv))', ...many]);
    assert.equal(count.stdout.toString(), '100001\n');
    await sandbox.stillAnswers();
  });

  t('reports the exit code', async (sandbox) => {
    for (const code of [0, 1, 42, 255]) {
      const outcome = await sandbox.exec(['/bin/sh', '-c', `exit ${code}`]);
      assert.deepEqual([outcome.cause, outcome.exitCode, outcome.signal], ['exited', code, undefined]);
    }
  });

  t('reports the signal', async (sandbox) => {
    for (const signal of [1, 6, 9, 11, 15, 34, 64]) {
      const outcome = await sandbox.python(`import os; os.kill(os.getpid(), ${signal})`);
      assert.deepEqual([outcome.cause, outcome.exitCode, outcome.signal], ['signaled', undefined, signal]);
    }
  });

  t('looks the program up in its own PATH', async (sandbox) => {
    sandbox.sendFiles(
      await pack([
        { name: 'first/tool', content: 'not executable' },
        { name: 'second/tool', content: '#!/bin/sh\necho second', mode: 0o755 },
        { name: 'tool', content: '#!/bin/sh\necho here', mode: 0o755 },
      ]),
    );
    const found = await sandbox.exec(['tool'], {
      env: ['XPATH=/bin', 'PATH=/nowhere:first::/workspace/first/tool:second:/bin'],
    });
    assert.equal(found.stdout.toString(), 'second\n');
    assert.equal((await sandbox.exec(['./tool'], { env: [] })).stdout.toString(), 'here\n');
  });

  const unexecutable: Record<string, readonly [string[], string[], string?]> = {
    'a program that is not there': [['/nowhere'], []],
    'a name in no PATH': [['true'], []],
    'a name not in PATH': [['no-such-tool'], [PATH_ENV]],
    'an empty name': [[''], [PATH_ENV]],
    'a directory': [['/tmp'], []],
    'a file without mode x': [['/etc/passwd'], []],
    'a working directory that is not there': [['/bin/true'], [], '/nowhere'],
    'an argument over 128 KiB': [['/bin/true', 'x'.repeat(140_000)], []],
  };
  for (const [what, [args, env, cwd]] of Object.entries(unexecutable)) {
    t(`error exec_failed: ${what}`, async (sandbox) => {
      sandbox.sendExec(args, { env, ...(cwd === undefined ? {} : { cwd }) });
      const message = await sandbox.fails('exec_failed');
      assert.match(message, /^(execve|chdir): /);
    });
  }

  t('error exec_failed: a FIFO, without blocking', async (sandbox) => {
    await sandbox.exec(['/usr/bin/mkfifo', '-m', '777', 'pipe']);
    sandbox.sendExec(['./pipe']);
    await sandbox.fails('exec_failed');
  });

  t('starts in the working directory', async (sandbox) => {
    assert.equal((await sandbox.exec(['/bin/pwd'])).stdout.toString(), '/workspace\n');
    assert.equal((await sandbox.exec(['/bin/pwd'], { cwd: '/tmp' })).stdout.toString(), '/tmp\n');
  });

  t('starts the program as an ordinary one: session, signals, descriptors, oom score, dumpable', async (sandbox) => {
    const { stdout } = await sandbox.python(
      `
import os, resource, signal
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
print(os.getsid(0) == os.getpid(), status['SigBlk'].strip(), status['Seccomp'].strip(), status['NoNewPrivs'].strip())
print(open('/proc/self/oom_score_adj').read().strip(), open('/proc/1/oom_score_adj').read().strip())
print(sorted(os.listdir('/proc/self/fd'))[:4], oct(os.umask(0)), os.stat('/proc/self/fd').st_uid)
print(os.readlink('/proc/self/fd/0'), resource.getrlimit(resource.RLIMIT_FSIZE)[0])
`,
      { fileBytes: 1234 },
    );
    assert.equal(
      stdout.toString(),
      "True 0000000000000000 2 1\n1000 0\n['0', '1', '2', '3'] 0o22 1000\n/dev/null 1234\n",
    );
    const ignored = await sandbox.exec(['/bin/grep', 'SigIgn', '/proc/self/status']);
    assert.match(ignored.stdout.toString(), /^SigIgn:\s+0000000000000000\n$/);
    const descriptors = await sandbox.exec(['/bin/ls', '/proc/self/fd'], { stdin: 'pipe' });
    assert.equal(descriptors.stdout.toString(), '0\n1\n2\n3\n');
  });

  t('sets RLIMIT_FSIZE', async (sandbox) => {
    const outcome = await sandbox.exec(['/bin/dd', 'if=/dev/zero', 'of=x', 'bs=1k', 'count=100'], {
      fileBytes: 10_240,
    });
    assert.deepEqual([outcome.cause, outcome.signal], ['signaled', 25]);
    assert.equal((await sandbox.collect(['x'])).files.get('x')?.length, 10_240);
  });

  t('runs one program after the other', async (sandbox) => {
    for (let i = 0; i < 50; i++)
      assert.equal((await sandbox.exec(['/bin/echo', String(i)])).stdout.toString(), `${i}\n`);
  });

  t('passes a signal on to every process', async (sandbox) => {
    sandbox.sendExec(['/bin/sh', '-c', 'trap "echo got; exit 3" USR1; echo up; while :; do sleep 0.05; done']);
    await sandbox.next(OUT.started);
    await sandbox.next(OUT.stdout);
    sandbox.sendFields('S', [['signal', 10]]);
    const outcome = await sandbox.outcomeAfterStart();
    assert.equal(outcome.stdout.toString(), 'got\n');
    assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 3]);
  });

  t('reports signaled for a SIGKILL by a signal frame', async (sandbox) => {
    sandbox.sendExec(['/bin/sleep', '60']);
    await sandbox.next(OUT.started);
    sandbox.sendFields('S', [['signal', 9]]);
    const outcome = await sandbox.outcomeAfterStart();
    assert.deepEqual([outcome.cause, outcome.signal], ['signaled', 9]);
  });

  t('ends when the main process ends, whatever a daemon holds', async (sandbox) => {
    const outcome = await sandbox.python(`
import os, time, signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for s in range(1, 32):
            try: signal.signal(s, signal.SIG_IGN)
            except OSError: pass
        time.sleep(60)
    os._exit(0)
print('main', flush=True)
`);
    assert.equal(outcome.stdout.toString(), 'main\n');
    assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 0]);
    const left = await sandbox.python(
      'import os; print([p for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid())])',
    );
    assert.equal(left.stdout.toString(), '[]\n');
  });

  t('nothing of a program acts after its end', async (sandbox) => {
    assert.equal(await actsLater(sandbox), 'False\n');
  });

  t('measures time, CPU time and memory', async (sandbox) => {
    const outcome = await sandbox.python(
      'import time\nx = bytearray(60_000_000)\nt = time.process_time()\nwhile time.process_time() - t < 0.2: pass\ntime.sleep(0.2)',
    );
    assert.ok(outcome.wallMs > 400 && outcome.wallMs < 3000, `${outcome.wallMs}`);
    assert.ok(outcome.cpuMs > 190 && outcome.cpuMs < 600, `${outcome.cpuMs}`);
    assert.ok(outcome.memoryPeakBytes > 60e6 && outcome.memoryPeakBytes < 250e6, `${outcome.memoryPeakBytes}`);
    const small = await sandbox.python('import time; time.sleep(0.1)');
    assert.ok(small.memoryPeakBytes < 40e6, `the peak of the one before: ${small.memoryPeakBytes}`);
  });
});

test('without the kill, something of a program acts after its end', async () => {
  await withSandbox({ build: { name: 'no kill', binary: '/sandbox-init-without-kill' } }, async (sandbox) => {
    assert.equal(await actsLater(sandbox), 'True\n');
  });
});
