// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { decodeFields, IN, OUT, STDIN_WINDOW_BYTES } from '../../src/init-protocol/codec.ts';
import { eventually } from '../../test/eventually.ts';
import { ONE_AT_A_TIME, type Sandbox, suite } from './harness.ts';

/** Processes of the machine whose arguments contain this, in any namespace. */
function processesWith(marker: string): string[] {
  const list = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n');
  return list.filter((line) => line.includes(marker) && !line.includes('docker run') && !line.includes('ps -eo'));
}

async function assertEndsSoon(sandbox: Sandbox, marker: string): Promise<void> {
  await eventually(() => assert.ok(processesWith(marker).length > 0, 'nothing ran'));
  sandbox.process.stdin.end();
  await eventually(() => assert.deepEqual(processesWith(marker), []), 10_000);
  sandbox.process.stdout.resume();
  assert.equal(await sandbox.ended(), 0);
}

const DAEMONS = `
import os, signal, sys, time
for s in range(1, 65):
  try: signal.signal(s, signal.SIG_IGN)
  except (OSError, ValueError): pass
for i in range(5):
  if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(600)
    os._exit(0)
print('up', flush=True)
`;

suite('end-of-file', ONE_AT_A_TIME, (t, build) => {
  t('kills daemons', async (sandbox) => {
    const marker = `marker-daemons-${build.name}`;
    sandbox.sendExec(['/usr/bin/python3', '-c', `${DAEMONS}\ntime.sleep(600)`, marker], { wallMs: 600_000 });
    await sandbox.next(OUT.started);
    await sandbox.next(OUT.stdout);
    await assertEndsSoon(sandbox, marker);
  });

  t('kills everything while stdout is blocked', async (sandbox) => {
    const marker = `marker-blocked-${build.name}`;
    sandbox.process.stdout.pause();
    sandbox.sendExec(['/usr/bin/python3', '-c', 'import os\nwhile True: os.write(1, b"x" * 65536)', marker], {
      wallMs: 600_000,
      outputBytes: 1e12,
    });
    await sandbox.untilStalled();
    await assertEndsSoon(sandbox, marker);
  });

  t('kills everything while stdin is held by a program that does not read', async (sandbox) => {
    const marker = `marker-unread-${build.name}`;
    sandbox.sendExec(['/usr/bin/python3', '-c', 'import time; time.sleep(600)', marker], {
      wallMs: 600_000,
      stdin: 'pipe',
    });
    await sandbox.next(OUT.started);
    sandbox.send(IN.stdin, Buffer.alloc(STDIN_WINDOW_BYTES));
    const passedOn = decodeFields((await sandbox.next(OUT.stdinAck)).payload);
    sandbox.send(IN.stdin, Buffer.alloc(Number(passedOn.get('bytes'))));
    await assertEndsSoon(sandbox, marker);
  });

  t('kills a stopped program and a fork bomb', async (sandbox) => {
    const marker = `marker-bomb-${build.name}`;
    sandbox.sendExec(
      [
        '/usr/bin/python3',
        '-c',
        'import os, signal\nif os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)\nwhile True:\n try: os.fork()\n except OSError: pass',
        marker,
      ],
      { wallMs: 600_000 },
    );
    await sandbox.next(OUT.started);
    await eventually(() => assert.ok(processesWith(marker).length > 50, 'it forks'));
    await assertEndsSoon(sandbox, marker);
  });
});
