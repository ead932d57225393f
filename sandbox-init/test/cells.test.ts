// @shared-engine
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeFrame, IN, OUT } from '../../src/init-protocol/codec.ts';
import { CELLS, cellsWithout, nextCell } from './cells-build.ts';
import { execPayload, Sandbox, type SandboxOptions, withSandbox } from './harness.ts';

const MEBIBYTE = 1024 * 1024;
const COUNT = 100;

/** A test whose body gets a container of cells, the first of which is ready. */
function inCells(title: string, run: (sandbox: Sandbox) => Promise<void>, options: Partial<SandboxOptions> = {}): void {
  test(title, { timeout: 120_000 }, () => withSandbox({ build: CELLS, ...options }, run));
}

/** Process ids, as the machine has them, of the outer init, the cell that runs and the one that waits. */
function initsOf(sandbox: Sandbox): { outer: number; inner: number; waiting: number } {
  const lines = execFileSync('docker', ['top', sandbox.name, '-eo', 'pid,comm']).toString().trim().split('\n').slice(1);
  const [outer, inner, waiting] = lines
    .filter((line) => line.includes('sandbox-init'))
    .map((line) => Number.parseInt(line, 10))
    .sort((a, b) => a - b);
  assert.ok(outer && inner && waiting, lines.join());
  return { outer, inner, waiting };
}

async function shell(sandbox: Sandbox, script: string): Promise<string> {
  const outcome = await sandbox.exec(['/bin/sh', '-c', script]);
  return outcome.stdout.toString() + outcome.stderr.toString();
}

inCells(`serves ${COUNT} cells, then leaves with 0`, async (sandbox) => {
  for (let served = 1; ; served++) {
    assert.equal(await shell(sandbox, 'echo $$; ls -A /tmp /workspace; touch /tmp/a b'), '2\n/tmp:\n\n/workspace:\n');
    if (served === COUNT) break;
    await nextCell(sandbox);
  }
  sandbox.send(IN.exit);
  assert.equal(await sandbox.ended(), 0);
  assert.equal(sandbox.diagnostics, '');
});

inCells(
  'serves as many as it is told',
  async (sandbox) => {
    await nextCell(sandbox);
    sandbox.send(IN.exit);
    assert.equal(await sandbox.ended(), 0);
  },
  { cells: ['count=2'] },
);

for (const argument of ['count=0', 'count=x', 'other=1', 'count']) {
  test(`refuses the argument ${argument}`, async () => {
    const run = withSandbox({ build: CELLS, cells: [argument] }, async () => {});
    await assert.rejects(run, /frame E: code=protocol/);
  });
}

test('the sanitizers have nothing to say about cells', { timeout: 60_000 }, async () => {
  await withSandbox({ build: { ...CELLS, binary: '/sandbox-init-asan' } }, async (sandbox) => {
    sandbox.sendFields(IN.limits, [['disk_bytes', MEBIBYTE]]);
    for (let i = 0; i < 5; i++) {
      await sandbox.stillAnswers();
      await nextCell(sandbox);
    }
  });
});

inCells('exit in the middle of a flood of output leaves no half frame', async (sandbox) => {
  for (let i = 0; i < 5; i++) {
    sandbox.sendExec(['/usr/bin/yes'], { outputBytes: 1e12, outputKillBytes: 1e12 });
    await sandbox.next(OUT.started);
    await delay(100);
    sandbox.send(IN.exit);
    let frame = await sandbox.take();
    while (frame.type === OUT.stdout) frame = await sandbox.take();
    assert.equal(frame.type, OUT.ready);
    await sandbox.stillAnswers();
  }
});

inCells('an error ends the container', async (sandbox) => {
  await nextCell(sandbox);
  sandbox.raw(Buffer.from('\0\0\0\0?'));
  await sandbox.fails('protocol');
});

inCells('a cell that is killed ends the container', async (sandbox) => {
  process.kill(initsOf(sandbox).inner, 'SIGKILL');
  assert.equal(await sandbox.ended(), 1);
  assert.match(sandbox.diagnostics, /cells: one ended with 9/);
});

inCells('a waiting cell that is killed is made again', async (sandbox) => {
  sandbox.sendExec(['/bin/sleep', '0.5']);
  process.kill(initsOf(sandbox).waiting, 'SIGKILL');
  assert.equal((await sandbox.outcome()).cause, 'exited');
  await nextCell(sandbox);
  await sandbox.stillAnswers();
});

const STRAY = encodeFrame(IN.exec, execPayload(['/bin/echo', 'stray'], {}));

inCells('bytes behind exit end the container', async (sandbox) => {
  sandbox.raw(Buffer.concat([encodeFrame(IN.exit), STRAY]));
  await sandbox.fails('protocol');
});

async function untilState(pid: number, state: 'T' | 'Z'): Promise<void> {
  while (!readFileSync(`/proc/${pid}/status`, 'utf8').includes(`State:\t${state}`)) await delay(20);
}

/** Sends a frame after a cell has ended and before the next one has its turn. */
async function sendBetweenCells(sandbox: Sandbox, frame: Buffer): Promise<void> {
  const { outer, inner } = initsOf(sandbox);
  process.kill(outer, 'SIGSTOP');
  await untilState(outer, 'T');
  sandbox.send(IN.exit);
  await untilState(inner, 'Z');
  sandbox.raw(frame);
  await delay(200);
  process.kill(outer, 'SIGCONT');
}

inCells('bytes between two cells end the container', async (sandbox) => {
  await sendBetweenCells(sandbox, STRAY);
  assert.equal(await sandbox.ended(), 1);
  assert.match(sandbox.diagnostics, /cells: bytes wait after the end of one/);
});

test('without that check, the next cell takes them for a command', async () => {
  await withSandbox({ build: cellsWithout('CLEAN_PIPE') }, async (sandbox) => {
    await sendBetweenCells(sandbox, STRAY);
    await sandbox.next(OUT.ready);
    assert.equal((await sandbox.outcome()).stdout.toString(), 'stray\n');
  });
});

inCells('the next cell comes after a fork bomb', async (sandbox) => {
  for (let i = 0; i < 3; i++) {
    const bomb = await sandbox.python('import os\nwhile True:\n try: os.fork()\n except OSError: pass', {
      wallMs: 700,
    });
    assert.equal(bomb.cause, 'wall_limit');
    await nextCell(sandbox);
    await sandbox.stillAnswers();
  }
});

inCells(
  'the next cell comes after a program without memory',
  async (sandbox) => {
    const hogs = ['x = bytearray(1 << 30)', 'f = open("/dev/shm/f", "wb")\nwhile True: f.write(bytes(1 << 20))'];
    for (const hog of hogs) {
      assert.equal((await sandbox.python(hog)).cause, 'out_of_memory');
      await nextCell(sandbox);
      await sandbox.stillAnswers();
    }
  },
  { cells: ['disk_bytes=1073741824'] },
);

inCells('limits change the disk and the processes of one cell', async (sandbox) => {
  const sizes = 'df --output=size -B1 /workspace /tmp /dev/shm | tail -n 3 | uniq';
  sandbox.sendFields(IN.limits, [
    ['disk_bytes', 5 * MEBIBYTE],
    ['pids', 5],
    ['open_files', 200],
  ]);
  assert.equal((await shell(sandbox, sizes)).trim(), String(5 * MEBIBYTE));
  const forks = 'import os, time\nfor n in range(99):\n  if os.fork() == 0: time.sleep(9)';
  const bomb = await sandbox.python(`n = 0\ntry:\n  ${forks.replaceAll('\n', '\n  ')}\nexcept OSError: print(n)`);
  assert.equal(bomb.stdout.toString(), '4\n', bomb.stderr.toString());
  assert.equal(await shell(sandbox, 'ulimit -Hn; ulimit -Sn'), '200\n200\n');
  await nextCell(sandbox);
  assert.equal((await shell(sandbox, sizes)).trim(), String(256 * MEBIBYTE));
  await nextCell(sandbox);
  sandbox.sendFields(IN.limits, [['disk_bytes', 600 * MEBIBYTE]]);
  assert.equal((await shell(sandbox, sizes)).trim(), String(600 * MEBIBYTE));
});

inCells('limits come before any other command', async (sandbox) => {
  await sandbox.stillAnswers();
  sandbox.sendFields(IN.limits, [['disk_bytes', MEBIBYTE]]);
  assert.equal(await sandbox.fails('protocol'), 'limits after another command');
});

for (const [key, value] of [
  ['disk_bytes', 4095],
  ['pids', 0],
  ['open_files', 127],
  ['other', 1],
] as const) {
  inCells(`limits refuse ${key}=${value}`, async (sandbox) => {
    sandbox.sendFields(IN.limits, [[key, value]]);
    await sandbox.fails('protocol');
  });
}

test('limits outside a cell are an error', async () => {
  await withSandbox({ build: { name: 'release', binary: '/sandbox-init' } }, async (sandbox) => {
    sandbox.sendFields(IN.limits, [['disk_bytes', MEBIBYTE]]);
    assert.equal(await sandbox.fails('protocol'), 'limits outside a cell');
  });
});

inCells("what a cell used is not the next one's", async (sandbox) => {
  const greedy = await sandbox.python(
    'import time\nx = b"x" * (150 << 20)\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass',
  );
  assert.ok(greedy.memoryPeakBytes > 150 * MEBIBYTE && greedy.cpuMs > 500, JSON.stringify(greedy));
  for (let i = 0; i < 5; i++) {
    await nextCell(sandbox);
    const modest = await sandbox.python('import time; time.sleep(0.1)');
    assert.ok(modest.memoryPeakBytes < 40 * MEBIBYTE && modest.cpuMs < 100, JSON.stringify(modest));
  }
});

inCells('the making of the next cell is not charged to a run', async (sandbox) => {
  const costs: number[] = [];
  for (let i = 0; i < 40; i++) {
    await delay(20);
    costs.push((await sandbox.exec(['/bin/true'])).cpuMs);
    await nextCell(sandbox);
  }
  costs.sort((a, b) => a - b);
  assert.ok((costs[20] ?? 99) < 3, costs.join());
});

test('what the start of the container used is not taken off the first run, however soon that comes', async () => {
  const sandbox = Sandbox.start({ build: CELLS });
  try {
    sandbox.sendExec(['python3', '-c', 'import time\nwhile time.process_time() < 0.3: pass']);
    await sandbox.next(OUT.ready);
    const { cpuMs } = await sandbox.outcome();
    assert.ok(cpuMs >= 295, `${cpuMs} ms`);
    await sandbox.finish();
  } finally {
    sandbox.destroy();
  }
});

inCells('a memory limit that the engine changes holds in the cell that is ready', async (sandbox) => {
  execFileSync('docker', ['update', '--memory', '64m', '--memory-swap', '64m', sandbox.name]);
  assert.equal((await sandbox.python('x = bytearray(100 << 20)')).cause, 'out_of_memory');
  await nextCell(sandbox);
  execFileSync('docker', ['update', '--memory', '200m', '--memory-swap', '200m', sandbox.name]);
  assert.equal((await sandbox.python('x = bytearray(100 << 20)')).exitCode, 0);
});
