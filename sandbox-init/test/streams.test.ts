// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeFields, IN, OUT, STDIN_WINDOW_BYTES } from '../../src/init-protocol/codec.ts';
import { type Outcome, PROTOCOL_ONLY, type Sandbox, STALLED_FOR_MS, suite } from './harness.ts';

/** Sends everything within the window and reads frames meanwhile. Returns what the program wrote. */
async function feed(sandbox: Sandbox, input: Buffer): Promise<{ stdout: Buffer; acked: number }> {
  const stdout: Buffer[] = [];
  let sent = 0;
  let acked = 0;
  let ended = false;
  for (;;) {
    while (sent < input.length && sent - acked < STDIN_WINDOW_BYTES) {
      const piece = input.subarray(sent, Math.min(sent + 20_000, input.length, acked + STDIN_WINDOW_BYTES));
      sandbox.send(IN.stdin, piece);
      sent += piece.length;
    }
    if (sent === input.length && !ended) {
      ended = true;
      sandbox.send(IN.stdin);
    }
    const frame = await sandbox.take();
    if (frame.type === OUT.stdinAck) acked += Number(decodeFields(frame.payload).get('bytes'));
    if (frame.type === OUT.stdout) stdout.push(frame.payload);
    if (frame.type === OUT.exited) return { stdout: Buffer.concat(stdout), acked };
    assert.ok(acked <= sent, 'more acknowledged than sent');
  }
}

/** Runs a program with a wall limit of 500 ms, and does not read its output for a second. */
async function printedPast(sandbox: Sandbox, source: string): Promise<Outcome> {
  sandbox.sendExec(['python3', '-c', source], { outputBytes: 10_000_000, wallMs: 500 });
  await sandbox.next(OUT.started);
  sandbox.process.stdout.pause();
  await delay(1000);
  sandbox.process.stdout.resume();
  return sandbox.outcomeAfterStart();
}

suite('streams', PROTOCOL_ONLY, (t) => {
  t('carries megabytes through stdin', async (sandbox) => {
    const input = Buffer.from(Array.from({ length: 4_000_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
    sandbox.sendExec(['/bin/cat'], { stdin: 'pipe', outputBytes: 10_000_000 });
    const { stdout } = await feed(sandbox, input);
    assert.ok(stdout.equals(input));
  });

  t('gives end-of-file without stdin', async (sandbox) => {
    assert.deepEqual([(await sandbox.exec(['/bin/cat'])).exitCode], [0]);
  });

  t('acknowledges stdin that a program without stdin does not get', async (sandbox) => {
    sandbox.sendExec(['/bin/sleep', '0.3']);
    sandbox.send(IN.stdin, Buffer.alloc(50_000));
    assert.equal((await sandbox.outcome()).ackedBytes, 50_000);
  });

  t('acknowledges stdin that arrives after either side has closed it', async (sandbox) => {
    sandbox.sendExec(['/bin/sleep', '0.3'], { stdin: 'pipe' });
    sandbox.send(IN.stdin);
    sandbox.send(IN.stdin, Buffer.alloc(60_000));
    assert.equal((await sandbox.outcome()).ackedBytes, 60_000);
    sandbox.sendExec(['/bin/sh', '-c', 'exec 0<&-; echo closed; sleep 0.3'], { stdin: 'pipe' });
    await sandbox.next(OUT.started);
    await sandbox.next(OUT.stdout);
    sandbox.send(IN.stdin, Buffer.alloc(60_000));
    assert.equal((await sandbox.outcomeAfterStart()).ackedBytes, 60_000);
  });

  t('holds a full window for a program that never reads, and still handles signals', async (sandbox) => {
    sandbox.sendExec(['/bin/sh', '-c', 'trap "exit 7" USR1; echo up; while :; do sleep 0.05; done'], { stdin: 'pipe' });
    await sandbox.next(OUT.started);
    await sandbox.next(OUT.stdout);
    sandbox.send(IN.stdin, Buffer.alloc(STDIN_WINDOW_BYTES));
    const ack = decodeFields((await sandbox.next(OUT.stdinAck)).payload);
    sandbox.send(IN.stdin, Buffer.alloc(Number(ack.get('bytes'))));
    sandbox.sendFields(IN.signal, [['signal', 10]]);
    const outcome = await sandbox.outcomeAfterStart();
    assert.deepEqual([outcome.cause, outcome.exitCode], ['exited', 7]);
    sandbox.sendExec(['/usr/bin/wc', '-c'], { stdin: 'pipe' });
    sandbox.send(IN.stdin, Buffer.alloc(STDIN_WINDOW_BYTES));
    sandbox.send(IN.stdin);
    assert.equal((await sandbox.outcome()).stdout.toString(), '65536\n');
  });

  t('error protocol: more than the window at once', async (sandbox) => {
    sandbox.sendExec(['/bin/sleep', '60'], { stdin: 'pipe', wallMs: 60_000 });
    sandbox.send(IN.stdin, Buffer.alloc(STDIN_WINDOW_BYTES + 1));
    await sandbox.fails('protocol');
  });

  t('error protocol: more than the window unread', async (sandbox) => {
    sandbox.sendExec(['/bin/sleep', '60'], { stdin: 'pipe', wallMs: 60_000 });
    for (let i = 0; i < 4; i++) sandbox.send(IN.stdin, Buffer.alloc(STDIN_WINDOW_BYTES));
    await sandbox.fails('protocol');
  });

  t('keeps stdout and stderr apart and each in order', async (sandbox) => {
    const { stdout, stderr } = await sandbox.python(
      'import os\nfor i in range(500):\n os.write(1, b"o%d\\n" % i); os.write(2, b"e%d\\n" % i)',
    );
    assert.equal(stdout.toString(), Array.from({ length: 500 }, (_, i) => `o${i}\n`).join(''));
    assert.equal(stderr.toString(), Array.from({ length: 500 }, (_, i) => `e${i}\n`).join(''));
  });

  t('passes output on while the program is running', async (sandbox) => {
    sandbox.sendExec(['/bin/sh', '-c', 'echo first; sleep 1; echo second']);
    await sandbox.next(OUT.started);
    const before = Date.now();
    assert.equal((await sandbox.next(OUT.stdout)).payload.toString(), 'first\n');
    assert.ok(Date.now() - before < 700);
    await sandbox.outcomeAfterStart();
  });

  t('cuts a flood at its limit and counts the rest', async (sandbox) => {
    const outcome = await sandbox.exec(['/usr/bin/head', '-c', '104857600', '/dev/zero'], {
      outputBytes: 100_000,
      outputKillBytes: 200_000_000,
    });
    assert.deepEqual([outcome.cause, outcome.stdout.length, outcome.stdoutBytes], ['exited', 100_000, 104_857_600]);
  });

  t('kills a flood, by default at 16 times the limit', async (sandbox) => {
    for (const options of [{ outputBytes: 10_000 }, { outputBytes: 10_000, outputKillBytes: 160_000 }]) {
      const outcome = await sandbox.exec(['/bin/sh', '-c', 'yes >&2'], options);
      assert.deepEqual([outcome.cause, outcome.stderr.length], ['output_limit', 10_000]);
      assert.ok(outcome.stderrBytes >= 160_000 && outcome.stderrBytes < 600_000, `${outcome.stderrBytes}`);
    }
  });

  t('passes nothing on if output_bytes is 0', async (sandbox) => {
    const outcome = await sandbox.exec(['/bin/echo', 'lost'], { outputBytes: 0, outputKillBytes: 1000 });
    assert.deepEqual([outcome.cause, outcome.stdout.length, outcome.stdoutBytes], ['exited', 0, 5]);
  });

  t('makes the program wait for a slow reader, and loses nothing', async (sandbox) => {
    const bytes = 30_000_000;
    sandbox.sendExec(['/usr/bin/head', '-c', String(bytes), '/dev/zero'], { outputBytes: bytes, wallMs: 30_000 });
    await sandbox.next(OUT.started);
    sandbox.process.stdout.pause();
    const written = await sandbox.untilStalled();
    assert.ok(written < bytes, `${written} bytes were written with nobody reading`);
    sandbox.process.stdout.resume();
    const outcome = await sandbox.outcomeAfterStart(30_000);
    assert.deepEqual([outcome.cause, outcome.stdout.length], ['exited', bytes]);
    assert.ok(outcome.stalledMs >= STALLED_FOR_MS, `it did not wait: ${outcome.stalledMs} ms`);
  });

  t('does not charge the wait for a slow reader to the wall clock', async (sandbox) => {
    const outcome = await printedPast(sandbox, 'import os\nos.write(1, bytes(8_000_000))');
    assert.deepEqual([outcome.cause, outcome.exitCode, outcome.stdout.length], ['exited', 0, 8_000_000]);
    assert.ok(outcome.wallMs < 500, `${outcome.wallMs} ms were charged`);
    assert.ok(outcome.stalledMs > 800, `it stood still for ${outcome.stalledMs} ms`);
  });

  t('charges the wait for a slow reader to a program that computes meanwhile', async (sandbox) => {
    const busy =
      'import os, threading\nthreading.Thread(target=os.write, args=(1, bytes(8_000_000)), daemon=True).start()\nwhile True: pass';
    const outcome = await printedPast(sandbox, busy);
    assert.equal(outcome.cause, 'wall_limit');
    assert.ok(outcome.wallMs >= 500 && outcome.wallMs < 1000, `${outcome.wallMs} ms`);
  });

  t('charges the time after the reader has continued', async (sandbox) => {
    const outcome = await printedPast(sandbox, 'import os, time\nos.write(1, bytes(8_000_000))\ntime.sleep(60)');
    assert.equal(outcome.cause, 'wall_limit');
    assert.ok(outcome.wallMs >= 500 && outcome.wallMs < 1500, `${outcome.wallMs} ms`);
    assert.ok(outcome.stalledMs > 800, `it stood still for ${outcome.stalledMs} ms`);
  });

  t('keeps what a program wrote just before it ended: a megabyte, without waiting for a reader', async (sandbox) => {
    const source =
      'import fcntl, os\nfcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)\nos._exit(os.write(1, bytes(1 << 20)) != 1 << 20)';
    const outcome = await sandbox.python(source, { outputBytes: 2 << 20 });
    assert.deepEqual([outcome.cause, outcome.exitCode, outcome.stdout.length], ['exited', 0, 1 << 20]);
  });

  t('a program that ended before its flood was read has still exceeded the limit', async (sandbox) => {
    const outcome = await sandbox.python('import os\nos.write(1, bytes(900_000))', { outputBytes: 10_000 });
    assert.deepEqual([outcome.cause, outcome.exitCode, outcome.stdout.length], ['output_limit', undefined, 10_000]);
  });
});
