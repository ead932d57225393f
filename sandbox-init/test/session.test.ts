// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { encodeFrame, IN, OUT } from '../../src/init-protocol/codec.ts';
import { execPayload, PROTOCOL_ONLY, suite, TAR_END } from './harness.ts';
import { IMAGE } from './image.ts';

/** In a cell, `exit` ends the container only after the last one. */
const ONLY_CELL = { cells: ['count=1'] };

suite('session', PROTOCOL_ONLY, (t, build) => {
  test('refuses to be anything but PID 1', () => {
    const run = [
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      '/bin/sh',
      IMAGE,
      '-c',
      `${build.binary} </dev/null 2>&1; echo "exit $?"`,
    ];
    assert.equal(execFileSync('docker', run).toString(), 'sandbox-init: refuses to run: it is not PID 1\nexit 1\n');
  });

  t('sends ready and exits with 0 at end-of-file', async (sandbox) => {
    await sandbox.finish();
  });

  t(
    'exits with 0 on request',
    async (sandbox) => {
      sandbox.send(IN.exit);
      assert.equal(await sandbox.ended(), 0);
    },
    ONLY_CELL,
  );

  t(
    'exits on request while a program is running',
    async (sandbox) => {
      sandbox.sendExec(['/bin/sleep', '60'], { wallMs: 60_000 });
      await sandbox.next(OUT.started);
      sandbox.send(IN.exit);
      assert.equal(await sandbox.ended(), 0);
    },
    ONLY_CELL,
  );

  t('drops stdin and signal with no program running', async (sandbox) => {
    sandbox.send(IN.stdin, Buffer.alloc(1024 * 1024));
    sandbox.sendFields(IN.signal, [['signal', 9]]);
    sandbox.send(IN.stdin);
    await sandbox.stillAnswers();
    sandbox.send(IN.stdin, Buffer.alloc(60_000));
    await sandbox.stillAnswers();
  });

  t('takes frames cut into single bytes', async (sandbox) => {
    for (const byte of encodeFrame(IN.exec, execPayload(['/bin/echo', 'cut'], {}))) {
      sandbox.raw(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await sandbox.outcome()).stdout.toString(), 'cut\n');
  });

  t('carries out commands that arrive in one write', async (sandbox) => {
    sandbox.process.stdin.cork();
    sandbox.sendCollect(['nothing']);
    sandbox.sendCollect(['*']);
    sandbox.snapshot();
    sandbox.send(IN.reset);
    sandbox.sendExec(['/bin/cat'], { stdin: 'pipe' });
    sandbox.send(IN.stdin, Buffer.from('in one write'));
    sandbox.send(IN.stdin);
    sandbox.sendCollect(['nothing either']);
    process.nextTick(() => sandbox.process.stdin.uncork());
    assert.deepEqual((await sandbox.collected()).omitted, ['not_found: nothing']);
    assert.deepEqual((await sandbox.collected()).omitted, []);
    await sandbox.next(OUT.ready);
    assert.equal((await sandbox.outcome()).stdout.toString(), 'in one write');
    assert.deepEqual((await sandbox.collected()).omitted, ['not_found: nothing either']);
  });

  const malformed: Record<string, Buffer> = {
    'an unknown type': Buffer.from([0, 0, 0, 0, 0x7a]),
    'a type of NUL': Buffer.from([0, 0, 0, 0, 0]),
    'a payload over 1 MiB': Buffer.from([0, 0x10, 0, 1, 0x46]),
    'a giant payload': Buffer.from([0xff, 0xff, 0xff, 0xff, 0x58]),
    'an exec without fields': frame('X', ''),
    'an exec without wall_ms': frame('X', 'arg=/bin/true\0'),
    'an exec without arg': frame('X', 'wall_ms=1000\0'),
    'a wall_ms of 0': frame('X', 'arg=/bin/true\0wall_ms=0\0'),
    'a wall_ms over 64 bits': frame('X', 'arg=/bin/true\0wall_ms=18446744073709551616\0'),
    'a negative number': frame('X', 'arg=/bin/true\0wall_ms=-1\0'),
    'an empty number': frame('X', 'arg=/bin/true\0wall_ms=\0'),
    'a number with a tail': frame('X', 'arg=/bin/true\0wall_ms=10s\0'),
    'an unknown field': frame('X', 'arg=/bin/true\0wall_ms=1000\0nice=1\0'),
    'an empty key': frame('X', '=x\0'),
    'a field that stands twice': frame('X', 'arg=/bin/true\0wall_ms=1\0wall_ms=2\0'),
    'a field without =': frame('X', 'arg=/bin/true\0wall_ms\0'),
    'fields without final NUL': frame('X', 'arg=/bin/true\0wall_ms=1000'),
    'an env without =': frame('X', 'arg=/bin/true\0wall_ms=1000\0env=A\0'),
    'an env without name': frame('X', 'arg=/bin/true\0wall_ms=1000\0env==A\0'),
    'a stdin of neither kind': frame('X', 'arg=/bin/true\0wall_ms=1000\0stdin=tty\0'),
    'a signal of 0': frame('S', 'signal=0\0'),
    'a signal of 65': frame('S', 'signal=65\0'),
    'a signal without number': frame('S', ''),
    'a collect without max_bytes': frame('C', 'path=a\0'),
    'a collect of another root': frame('C', 'path=a\0max_bytes=1\0root=/etc\0'),
    'a collect of too many paths': frame('C', `${'path=a\0'.repeat(257)}max_bytes=1\0`),
    'a reset that keeps what is elsewhere': frame('R', 'keep=/etc/passwd\0'),
    'a reset that keeps with dots': frame('R', 'keep=/workspace/../etc/passwd\0'),
    'a reset that keeps a root': frame('R', 'keep=/workspace\0'),
    'an exec within an archive': Buffer.concat([frame('F', 'x'), frame('X', 'arg=/bin/true\0wall_ms=1000\0')]),
    'a reset within an archive': Buffer.concat([frame('F', TAR_END.toString()), frame('R', '')]),
  };
  for (const [what, bytes] of Object.entries(malformed)) {
    t(`error protocol: ${what}`, async (sandbox) => {
      sandbox.raw(bytes);
      await sandbox.fails('protocol');
    });
  }

  for (const [what, type] of [
    ['files', IN.files],
    ['exec', IN.exec],
    ['reset', IN.reset],
  ] as const) {
    t(`error protocol: ${what} while a program runs`, async (sandbox) => {
      sandbox.sendExec(['/bin/sleep', '60'], { wallMs: 60_000 });
      await sandbox.next(OUT.started);
      sandbox.send(type);
      await sandbox.fails('protocol');
    });
  }

  t('error protocol: a second collect while a program runs', async (sandbox) => {
    sandbox.sendExec(['/bin/sleep', '60'], { wallMs: 60_000 });
    sandbox.sendCollect(['a']);
    sandbox.sendCollect(['b']);
    await sandbox.fails('protocol');
  });

  t('ends with 0 when a frame is cut off by end-of-file', async (sandbox) => {
    sandbox.raw(Buffer.from([0, 0, 1, 0, 0x58, 0x61]));
    await sandbox.finish();
  });
});

function frame(type: string, payload: string): Buffer {
  const bytes = Buffer.from(payload, 'latin1');
  const header = Buffer.alloc(5);
  header.writeUInt32BE(bytes.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, bytes]);
}
