// @shared-engine
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { IN } from '../../src/init-protocol/codec.ts';
import { nextCell } from './cells-build.ts';
import { ENVIRONMENT, forking, PYTHON } from './fork-image.ts';
import { type ExecOptions, type Outcome, pack, type Sandbox, type SandboxOptions, withSandbox } from './harness.ts';

const IS_FORKED = 'print("_fork_server" in open("/proc/self/maps").read())';
const COUNT_FORKS = `
import time
children = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(5)
        children += 1
except OSError:
    print(children, "children")
`;
/** Longer than a cell waits for the fork server. */
const PATIENCE_MS = 25_000;

/** A test whose body gets a container with a fork server, the first cell of which is ready. */
function forked(title: string, run: (sandbox: Sandbox) => Promise<void>, options: SandboxOptions = forking()): void {
  test(title, { timeout: 60_000 }, () => withSandbox(options, run));
}

async function run(
  sandbox: Sandbox,
  source: string,
  { argv = PYTHON, ...options }: ExecOptions & { argv?: readonly string[] } = {},
): Promise<Outcome> {
  sandbox.sendFiles(await pack([{ name: 'main.py', content: source }]));
  return sandbox.exec(argv, { env: ENVIRONMENT, ...options });
}

const output = async (...call: Parameters<typeof run>): Promise<string> => {
  const { stdout, stderr } = await run(...call);
  return stdout.toString() + stderr.toString();
};

/** The process id of the fork server, as the machine has it: the interpreter that was started first. */
function serverOf(sandbox: Sandbox): number {
  const lines = execFileSync('docker', ['top', sandbox.name, '-eo', 'pid,args']).toString().trim().split('\n');
  const [first] = lines.filter((line) => line.includes('python3 main.py')).map((line) => Number.parseInt(line, 10));
  assert.ok(first, lines.join());
  return first;
}

forked('programs of all cells are forked from one interpreter', async (sandbox) => {
  const seeds = new Set<string>();
  for (let i = 0; i < 5; i++) {
    assert.equal(
      await output(sandbox, `${IS_FORKED}; import os; print(os.getppid(), os.listdir())`),
      "True\n1 ['main.py']\n",
    );
    await nextCell(sandbox);
    seeds.add(await output(sandbox, 'print(hash("a"))'));
    await nextCell(sandbox);
  }
  assert.equal(seeds.size, 1);
  assert.equal(sandbox.diagnostics, '');
});

forked('a program is given its input', async (sandbox) => {
  sandbox.sendFiles(await pack([{ name: 'main.py', content: `${IS_FORKED}; print(input())` }]));
  sandbox.sendExec(PYTHON, { env: ENVIRONMENT, stdin: 'pipe' });
  sandbox.send(IN.stdin, Buffer.from('text\n'));
  sandbox.send(IN.stdin);
  assert.equal((await sandbox.outcome()).stdout.toString(), 'True\ntext\n');
});

forked('it can be killed, signalled and timed out like any other', async (sandbox) => {
  const endless = 'while True: pass';
  assert.equal((await run(sandbox, endless, { wallMs: 200 })).cause, 'wall_limit');
  await nextCell(sandbox);
  assert.equal((await run(sandbox, endless, { cpuMs: 200 })).cause, 'cpu_limit');
  await nextCell(sandbox);
  const { cause, signal } = await run(sandbox, 'import os; os.kill(os.getpid(), 15)');
  assert.deepEqual([cause, signal], ['signaled', 15]);
  await nextCell(sandbox);
  const memory = await run(sandbox, 'x = bytearray(300_000_000)');
  assert.equal(memory.cause, 'out_of_memory');
});

forked('limits of a cell hold for it', async (sandbox) => {
  sandbox.sendFields(IN.limits, Object.entries({ disk_bytes: 1_048_576, pids: 7, open_files: 200 }));
  const limits = ['NOFILE', 'NPROC'].map((name) => `resource.getrlimit(resource.RLIMIT_${name})`);
  const disk = 'os.statvfs("/tmp").f_blocks * os.statvfs("/tmp").f_frsize';
  const source = `${IS_FORKED}; import os, resource; print(${limits.join()}, ${disk})\n${COUNT_FORKS}`;
  assert.equal(await output(sandbox, source), 'True\n(200, 200) (8, 8) 1048576\n6 children\n');
});

for (const [what, options] of Object.entries<ExecOptions & { argv?: string[] }>({
  'another argument': { argv: [...PYTHON, 'x'] },
  'another environment': { env: [...ENVIRONMENT, 'A=1'] },
  'another working directory': { cwd: '/workspace/.' },
  'a limit of files': { fileBytes: 1_000_000 },
})) {
  forked(`a program with ${what} gets its own interpreter`, async (sandbox) => {
    assert.equal(await output(sandbox, IS_FORKED, options), 'False\n');
    await nextCell(sandbox);
    assert.equal(await output(sandbox, IS_FORKED), 'True\n');
  });
}

forked('only the first program of a cell is forked', async (sandbox) => {
  assert.equal(await output(sandbox, IS_FORKED), 'True\n');
  assert.equal(await output(sandbox, IS_FORKED), 'False\n');
});

forked('files in /tmp end it, because the fork server may have looked there', async (sandbox) => {
  sandbox.sendFiles(await pack([{ name: 'a', content: '' }]), 1, IN.tmpFiles);
  assert.equal(await output(sandbox, IS_FORKED), 'False\n');
});

forked('the processor time of the fork server is not that of a program', async (sandbox) => {
  const burning = await run(sandbox, 'import time\nwhile time.process_time() < 0.3: pass');
  assert.ok(burning.cpuMs >= 290, `${burning.cpuMs} ms`);
  await nextCell(sandbox);
  const { cpuMs } = await sandbox.exec(['/bin/true']);
  assert.ok(cpuMs < 100, `${cpuMs} ms`);
});

/* ---- when there is no fork server */

forked('without a fork server interpreters start in the ordinary way', async (sandbox) => {
  process.kill(serverOf(sandbox), 'SIGKILL');
  assert.equal(await output(sandbox, IS_FORKED), 'True\n');
  await nextCell(sandbox);
  await output(sandbox, IS_FORKED); // This cell may have been made before.
  await nextCell(sandbox);
  assert.equal(await output(sandbox, IS_FORKED), 'False\n');
  assert.match(sandbox.diagnostics, /^sandbox-init: the fork server ended with 9\n$/);
});

forked(
  'a fork server that cannot be executed is no loss',
  async (sandbox) => {
    assert.equal(await output(sandbox, IS_FORKED, { argv: PYTHON }), 'False\n');
    assert.match(sandbox.diagnostics, /fork server: execve: No such file/);
  },
  forking(['/nowhere', 'main.py']),
);

forked('a cell does not begin while the fork server could still enter it', async (sandbox) => {
  process.kill(serverOf(sandbox), 'SIGSTOP');
  await nextCell(sandbox);
  sandbox.send(IN.exit);
  assert.equal(await sandbox.ended(PATIENCE_MS), 1);
  assert.match(sandbox.diagnostics, /the fork server does not answer/);
});

for (const argument of ['fork_x=1', 'fork_arg']) {
  test(`refuses the argument ${argument}`, async () => {
    const options = { ...forking(), cells: [argument] };
    await assert.rejects(
      withSandbox(options, async () => {}),
      /frame E: code=protocol/,
    );
  });
}

test('the sanitizers have nothing to say about forks', { timeout: 60_000 }, async () => {
  const options = forking();
  await withSandbox({ ...options, build: { ...options.build, binary: '/sandbox-init-asan' } }, async (sandbox) => {
    for (let i = 0; i < 5; i++) {
      assert.equal(await output(sandbox, IS_FORKED), 'True\n');
      await nextCell(sandbox);
    }
  });
});

forked('ahead has no place where a copy waits', async (sandbox) => {
  sandbox.sendFields(IN.ahead, [
    ['arg', '/usr/bin/python3'],
    ['main_file', 'main.py'],
  ]);
  await sandbox.fails('protocol');
});
