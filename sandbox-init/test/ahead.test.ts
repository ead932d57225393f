// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { decodeFields, encodeFields, type Field, IN, OUT } from '../../src/init-protocol/codec.ts';
import { eventually } from '../../test/eventually.ts';
import { type ExecOptions, ONE_AT_A_TIME, type Outcome, PATH_ENV, pack, type Sandbox, suite } from './harness.ts';

const PYTHON = ['/usr/bin/python3', 'main.py'];
const PRINT_PID = 'import os; print(os.getpid())';

function sendAhead(sandbox: Sandbox, argv: readonly string[] = PYTHON, fields: Record<string, string> = {}): void {
  const { env = PATH_ENV, main_file = 'main.py', ...rest } = fields;
  const all: Field[] = [...argv.map((arg): Field => ['arg', arg]), ['env', env], ['main_file', main_file]];
  sandbox.send(IN.ahead, encodeFields([...all, ...Object.entries(rest)]));
}

/** An interpreter with threads that leaves files while it starts, as that of Deno does, and then runs the main file. */
const BUSY = [
  '/usr/bin/python3',
  '-c',
  `
import os, threading, time
os.makedirs('/tmp/cache/deep'); open('/tmp/cache/deep/file', 'w').write('x' * 100_000); open('/dev/shm/shared', 'w').close()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
exec(open('main.py').read())`,
];
const LIST_ALL = ['/usr/bin/find', '/workspace', '/tmp', '/dev/shm', '-mindepth', '1'];

/** The process that waits, as the machine has it. */
function waitingPid(sandbox: Sandbox): number {
  const init = sandbox.initPid();
  return Number(readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').split(' ')[0]);
}

function stateOf(pid: number): string | undefined {
  return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

/** Waits until the interpreter has come to its main file. Returns its process id as the sandbox has it. */
async function untilStopped(sandbox: Sandbox): Promise<string> {
  await eventually(async () => assert.equal(stateOf(waitingPid(sandbox)), 'T'));
  const status = readFileSync(`/proc/${waitingPid(sandbox)}/status`, 'utf8');
  return /^NSpid:.*\s(\d+)$/m.exec(status)?.[1] ?? '';
}

async function run(
  sandbox: Sandbox,
  source: string,
  options: ExecOptions & { argv?: string[] } = {},
): Promise<Outcome> {
  sandbox.sendFiles(await pack([{ name: 'main.py', content: source }]));
  return sandbox.exec(options.argv ?? PYTHON, options);
}

suite('ahead', ONE_AT_A_TIME, (t, build) => {
  if (build.isCell) {
    t('limits of a cell hold for the interpreter that waits', async (sandbox) => {
      sendAhead(sandbox);
      const inside = await untilStopped(sandbox);
      sandbox.sendFields(IN.limits, Object.entries({ disk_bytes: 1_048_576, pids: 7, open_files: 200 }));
      const limits = ['NOFILE', 'NPROC'].map((name) => `resource.getrlimit(resource.RLIMIT_${name})`);
      const disk = 'os.statvfs("/tmp").f_blocks * os.statvfs("/tmp").f_frsize';
      const { stdout } = await run(sandbox, `${PRINT_PID}; import resource; print(${limits.join()}, ${disk})`);
      assert.equal(stdout.toString(), `${inside}\n(200, 200) (8, 8) 1048576\n`);
    });

    t('limits end an interpreter that may have used more', async (sandbox) => {
      sendAhead(sandbox, BUSY);
      const inside = await untilStopped(sandbox);
      sandbox.sendFields(IN.limits, Object.entries({ disk_bytes: 65_536, pids: 7 }));
      const { stdout, stderr } = await run(sandbox, PRINT_PID, { argv: BUSY });
      assert.notEqual(stdout.toString(), `${inside}\n`);
      assert.match(stderr.toString(), /No space left/);
    });

    t(
      'where no file can be created, nothing starts ahead',
      async (sandbox) => {
        sendAhead(sandbox);
        await sandbox.stillAnswers();
        await eventually(() => assert.match(sandbox.diagnostics, /nothing starts ahead: No space left on device/));
      },
      { cells: ['inodes=1'] },
    );
  }

  t('an interpreter waits for its program and becomes it', async (sandbox) => {
    sendAhead(sandbox);
    const inside = await untilStopped(sandbox);
    const pid = waitingPid(sandbox);
    const source = `${PRINT_PID}; print(os.listdir()); raise SystemExit(3)`;
    const { stdout, stderr, exitCode } = await run(sandbox, source);
    assert.equal(stdout.toString(), `${inside}\n['main.py']\n`);
    assert.equal(stderr.toString(), '');
    assert.equal(exitCode, 3);
    assert.throws(() => stateOf(pid), /ENOENT/);
    await sandbox.stillAnswers();
  });

  t('a program that comes at once meets an interpreter that is still starting', async (sandbox) => {
    sendAhead(sandbox);
    const { stdout, exitCode } = await run(sandbox, 'import os; print(os.listdir())');
    assert.equal(stdout.toString(), "['main.py']\n");
    assert.equal(exitCode, 0);
  });

  t('leaves nothing in the working directory', async (sandbox) => {
    sendAhead(sandbox);
    await untilStopped(sandbox);
    assert.equal(
      (await sandbox.exec(['/bin/ls', '-A', '/workspace', '/tmp'])).stdout.toString(),
      '/tmp:\n\n/workspace:\n',
    );
  });

  t('the program has the descriptors, limits, filters and signals of any other', async (sandbox) => {
    const source = `
import os, resource, signal
status = open('/proc/self/status').read().split('\\n')
print([line for line in status if line.startswith(('Seccomp', 'Cap', 'NoNew', 'Sig', 'Shd', 'Uid', 'Gid', 'Umask', 'TracerPid', 'NSpid', 'NSsid', 'Threads'))])
print([(fd, os.readlink('/proc/self/fd/' + fd).split(':')[0]) for fd in os.listdir('/proc/self/fd')])
print(open('/proc/self/oom_score_adj').read(), os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0))
print([resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith('RLIMIT')])
print(open('/proc/self/environ').read(), open('/proc/self/cmdline').read(), os.getcwd(), os.getsid(0), os.getpgid(0), os.getppid())
print([os.fstat(fd).st_mode for fd in range(3)])
`;
    sendAhead(sandbox);
    await untilStopped(sandbox);
    const ahead = (await run(sandbox, source)).stdout.toString();
    const plain = (await sandbox.exec(PYTHON)).stdout.toString();
    const pidless = (text: string) => text.replace(/(NSpid:|NSsid:|\/workspace )[^']*?(?=['\n]|$)/gm, '$1');
    assert.equal(pidless(ahead), pidless(plain));
    assert.ok(plain.includes('Seccomp'), plain);
  });

  for (const [what, options] of Object.entries<ExecOptions & { argv?: string[] }>({
    'another argument': { argv: [...PYTHON, 'x'] },
    'another flag': { argv: ['/usr/bin/python3', '-B', 'main.py'] },
    'another environment': { env: [PATH_ENV, 'A=1'] },
    'an empty environment': { env: [] },
    'another working directory': { cwd: '/workspace/.' },
    'standard input': { stdin: 'pipe' },
    'a limit of files': { fileBytes: 1_000_000 },
    'a start of its own': { start: 'own' },
  })) {
    t(`a program with ${what} gets its own interpreter`, async (sandbox) => {
      sendAhead(sandbox);
      const inside = await untilStopped(sandbox);
      const pid = waitingPid(sandbox);
      sandbox.sendFiles(await pack([{ name: 'main.py', content: PRINT_PID }]));
      sandbox.sendExec(options.argv ?? PYTHON, options);
      assert.equal((await sandbox.next(OUT.started)).payload.length, 0);
      assert.throws(() => stateOf(pid), /ENOENT/);
      sandbox.send(IN.stdin);
      const { stdout } = await sandbox.outcomeAfterStart();
      assert.match(stdout.toString(), /^\d+\n$/);
      assert.notEqual(stdout.toString(), `${inside}\n`);
      await sandbox.stillAnswers();
    });
  }

  t('a program with input becomes an interpreter that expects input', async (sandbox) => {
    sendAhead(sandbox, PYTHON, { stdin: 'pipe' });
    const inside = await untilStopped(sandbox);
    sandbox.sendFiles(await pack([{ name: 'main.py', content: `${PRINT_PID}; print(input())` }]));
    sandbox.sendExec(PYTHON, { stdin: 'pipe' });
    sandbox.send(IN.stdin, Buffer.from('text\n'));
    sandbox.send(IN.stdin);
    assert.equal((await sandbox.outcome()).stdout.toString(), `${inside}\ntext\n`);
    await sandbox.stillAnswers();
  });

  t('a program without input does not become an interpreter that expects input', async (sandbox) => {
    sendAhead(sandbox, PYTHON, { stdin: 'pipe' });
    const inside = await untilStopped(sandbox);
    assert.notEqual((await run(sandbox, PRINT_PID)).stdout.toString(), `${inside}\n`);
  });

  t('the service learns whether an interpreter was waiting', async (sandbox) => {
    sendAhead(sandbox);
    await untilStopped(sandbox);
    sandbox.sendFiles(await pack([{ name: 'main.py', content: '' }]));
    sandbox.sendExec(PYTHON, { start: 'any' });
    assert.deepEqual(decodeFields((await sandbox.next(OUT.started)).payload), new Map([['ahead', '1']]));
    await sandbox.outcomeAfterStart();
    sandbox.sendExec(PYTHON);
    assert.equal((await sandbox.next(OUT.started)).payload.length, 0);
    await sandbox.outcomeAfterStart();
  });

  t('refuses an unknown start', async (sandbox) => {
    sandbox.sendFields(IN.exec, [
      ['arg', '/bin/true'],
      ['wall_ms', 1000],
      ['start', 'later'],
    ]);
    assert.match(await sandbox.fails('protocol'), /start/);
  });

  t('what an interpreter has written while it started is there for its program', async (sandbox) => {
    sendAhead(sandbox, BUSY);
    await untilStopped(sandbox);
    const { stdout } = await run(sandbox, 'print(os.listdir("/tmp"), os.listdir("/dev/shm"))', { argv: BUSY });
    assert.equal(stdout.toString(), "['cache'] ['shared']\n");
  });

  t('what an interpreter has written that is not used is gone', async (sandbox) => {
    sendAhead(sandbox, BUSY);
    await untilStopped(sandbox);
    sandbox.sendFiles(await pack([{ name: 'a/b', content: 'kept' }]));
    assert.equal((await sandbox.exec(LIST_ALL)).stdout.toString(), '/workspace/a\n/workspace/a/b\n');
  });

  t('what an interpreter has written that ended by itself is gone', async (sandbox) => {
    sendAhead(sandbox, ['/bin/sh', '-c', 'echo > /tmp/left']);
    await eventually(async () => assert.ok(Number.isNaN(waitingPid(sandbox)) || waitingPid(sandbox) === 0));
    assert.equal((await sandbox.exec(LIST_ALL)).stdout.toString(), '');
  });

  for (const [what, argv, isUsed] of [
    ['an interpreter with threads', BUSY, false],
    ['an interpreter without threads', PYTHON, true],
  ] as const) {
    t(`another memory limit than at its start: ${what} is ${isUsed ? '' : 'not '}used`, async (sandbox) => {
      sendAhead(sandbox, argv);
      const inside = await untilStopped(sandbox);
      execFileSync('docker', ['update', '--memory', '200m', '--memory-swap', '200m', sandbox.name]);
      const { stdout } = await run(sandbox, PRINT_PID, { argv: [...argv] });
      assert.equal(stdout.toString() === `${inside}\n`, isUsed, stdout.toString());
    });
  }

  t('serves one program only', async (sandbox) => {
    sendAhead(sandbox);
    const inside = await untilStopped(sandbox);
    assert.equal((await run(sandbox, PRINT_PID)).stdout.toString(), `${inside}\n`);
    assert.notEqual((await run(sandbox, PRINT_PID)).stdout.toString(), `${inside}\n`);
  });

  for (const [what, send] of Object.entries<(sandbox: Sandbox) => Promise<unknown>>({
    'files for /tmp': async (sandbox) => sandbox.sendFiles(await pack([{ name: 'a', content: '' }]), 1, IN.tmpFiles),
    'a snapshot': async (sandbox) => sandbox.snapshot(['/workspace']),
    'a collect': (sandbox) => sandbox.collect(['a']),
  })) {
    t(`${what} ends it, because it may have looked there`, async (sandbox) => {
      sendAhead(sandbox);
      const inside = await untilStopped(sandbox);
      await send(sandbox);
      assert.notEqual((await run(sandbox, PRINT_PID)).stdout.toString(), `${inside}\n`);
    });
  }

  t('the processor time of the start counts', async (sandbox) => {
    const burn = 'import time\nwhile time.process_time() < 0.3: pass\nexec(open("main.py").read())';
    const argv = ['/usr/bin/python3', '-c', burn];
    sendAhead(sandbox, argv);
    await untilStopped(sandbox);
    const outcome = await run(sandbox, 'print(1)', { argv });
    assert.equal(outcome.stdout.toString(), '1\n');
    assert.ok(outcome.cpuMs >= 290, `${outcome.cpuMs} ms`);
    const other = await sandbox.exec(['/bin/true']);
    assert.ok(other.cpuMs < 290, `${other.cpuMs} ms`);
  });

  t('the processor time of an interpreter that is not used does not count', async (sandbox) => {
    const burn = 'import time\nwhile time.process_time() < 0.3: pass\nopen("main.py")';
    sendAhead(sandbox, ['/usr/bin/python3', '-c', burn]);
    await untilStopped(sandbox);
    const { cpuMs } = await sandbox.exec(['/bin/true']);
    assert.ok(cpuMs < 290, `${cpuMs} ms`);
  });

  t('the memory of the start counts', async (sandbox) => {
    const argv = ['/usr/bin/python3', '-c', 'x = bytearray(50_000_000)\nopen("main.py")'];
    sendAhead(sandbox, argv);
    await untilStopped(sandbox);
    const { memoryPeakBytes } = await run(sandbox, '', { argv });
    assert.ok(memoryPeakBytes >= 50_000_000, `${memoryPeakBytes}`);
  });

  t('an interpreter that ends by itself is replaced', async (sandbox) => {
    sendAhead(sandbox, ['/bin/sh', '-c', 'exit 1']);
    const { stdout, exitCode } = await run(sandbox, 'print(1)', { argv: ['/bin/sh', '-c', 'exit 1'] });
    assert.equal(stdout.toString(), '');
    assert.equal(exitCode, 1);
    await sandbox.stillAnswers();
  });

  t('an interpreter that does not exist is reported when its program comes', async (sandbox) => {
    sendAhead(sandbox, ['/nowhere']);
    await sandbox.stillAnswers();
    sandbox.sendExec(['/nowhere']);
    assert.match(await sandbox.fails('exec_failed'), /execve/);
  });

  t('an interpreter that waits is gone after exit', async (sandbox) => {
    sendAhead(sandbox);
    await untilStopped(sandbox);
    const pid = waitingPid(sandbox);
    sandbox.send(IN.exit);
    await eventually(async () => assert.throws(() => stateOf(pid), /ENOENT/));
  });

  for (const name of ['', '.', '..', 'a/main.py', '/main.py', 'x'.repeat(256)]) {
    t(`refuses to wait for ${name.slice(0, 20) || 'nothing'}`, async (sandbox) => {
      sendAhead(sandbox, PYTHON, { main_file: name });
      assert.match(await sandbox.fails('protocol'), /main_file/);
    });
  }

  t('comes before every other command, and once', async (sandbox) => {
    sendAhead(sandbox);
    sendAhead(sandbox);
    await sandbox.fails('protocol');
  });

  t('does not come after a program', async (sandbox) => {
    await sandbox.stillAnswers();
    sendAhead(sandbox);
    await sandbox.fails('protocol');
  });

  t('refuses fields of exec', async (sandbox) => {
    sendAhead(sandbox, PYTHON, { wall_ms: '1' });
    await sandbox.fails('protocol');
  });
});
