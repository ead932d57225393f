// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { encodeFields, encodeFrame, IN, OUT } from '../../src/init-protocol/codec.ts';
import { execPayload, PROTOCOL_ONLY, pack, type Sandbox, suite } from './harness.ts';

const MEBIBYTE = 1024 ** 2;
const LIST =
  'import os\nfor root in ["/workspace", "/tmp"]:\n for dir, dirs, names in sorted(os.walk(os.fsencode(root))):\n  for name in sorted(dirs + names):\n   path = os.path.join(dir, name); s = os.lstat(path); print(path, oct(s.st_mode), s.st_nlink if name in names else "", s.st_mtime, open(path, "rb").read() if name in names else "")';

async function shell(sandbox: Sandbox, script: string): Promise<string> {
  const outcome = await sandbox.exec(['/bin/sh', '-c', script]);
  assert.equal(outcome.exitCode, 0, outcome.stderr.toString());
  return outcome.stdout.toString();
}

async function list(sandbox: Sandbox): Promise<string[]> {
  const listed = await sandbox.python(LIST);
  assert.equal(listed.exitCode, 0, listed.stderr.toString());
  return listed.stdout.toString().trim().split('\n');
}

/** Bytes in use, as the cgroup counts them; a cell does not see the figure. */
async function usedMemory(sandbox: Sandbox): Promise<number> {
  const files = '/sys/fs/cgroup/memory/memory.usage_in_bytes /sys/fs/cgroup/memory.current';
  const seen = await shell(sandbox, `cat ${files} 2>/dev/null || true`);
  if (seen !== '') return Number(seen);
  const stats = ['stats', '--no-stream', '--format', '{{.MemUsage}}', sandbox.name];
  return Number.parseFloat(execFileSync('docker', stats).toString()) * MEBIBYTE;
}

suite('snapshot', PROTOCOL_ONLY, (t) => {
  t('restores files, directories and modes, and nothing else', async (sandbox) => {
    await shell(
      sandbox,
      `mkdir -p full/inner empty .hidden /tmp/.code-runner/other; echo a > full/a; echo b > full/inner/b; : > none; chmod 500 full; chmod 4711 none
         ln full/a linked; printf ELF > /tmp/.code-runner/main; chmod 555 /tmp/.code-runner/main; chmod 750 /tmp/.code-runner; echo no > /tmp/no
         python3 -c 'open(b"\\xff\\nname", "w").write("odd")'`,
    );
    sandbox.snapshot(['/workspace', '/tmp/.code-runner/main']);
    for (let round = 0; round < 3; round += 1) {
      await sandbox.reset();
      assert.deepEqual(await list(sandbox), [
        "b'/workspace/.hidden' 0o40755  0.0 ",
        "b'/workspace/empty' 0o40755  0.0 ",
        "b'/workspace/full' 0o40700  0.0 ",
        "b'/workspace/linked' 0o100644 1 0.0 b'a\\n'",
        "b'/workspace/none' 0o104711 1 0.0 b''",
        "b'/workspace/\\xff\\nname' 0o100644 1 0.0 b'odd'",
        "b'/workspace/full/a' 0o100644 1 0.0 b'a\\n'",
        "b'/workspace/full/inner' 0o40755  0.0 ",
        "b'/workspace/full/inner/b' 0o100644 1 0.0 b'b\\n'",
        "b'/tmp/.code-runner' 0o40750  0.0 ",
        "b'/tmp/.code-runner/main' 0o100555 1 0.0 b'ELF'",
      ]);
      await shell(sandbox, 'rm -rf /workspace/* /tmp/.code-runner; echo b > none; mkdir linked');
    }
  });

  t('everything in one write: files, snapshot, exec; reset, exec', async (sandbox) => {
    const archive = await pack([{ name: 'count', content: '0' }]);
    const exec = encodeFrame(IN.exec, execPayload(['/bin/sh', '-c', 'cat count; echo 1 > count'], {}));
    const snapshot = encodeFields([
      ['path', '/workspace'],
      ['max_bytes', 1000],
    ]);
    sandbox.raw(
      Buffer.concat([encodeFrame(IN.files, archive), encodeFrame(IN.files), encodeFrame(IN.snapshot, snapshot), exec]),
    );
    assert.equal((await sandbox.outcome()).stdout.toString(), '0');
    for (let round = 0; round < 20; round += 1) {
      sandbox.raw(Buffer.concat([encodeFrame(IN.reset), exec]));
      await sandbox.next(OUT.ready);
      assert.equal((await sandbox.outcome()).stdout.toString(), '0');
    }
  });

  t('a later snapshot replaces an earlier one', async (sandbox) => {
    await shell(sandbox, 'echo 1 > a');
    sandbox.snapshot(['/workspace']);
    await shell(sandbox, 'echo 2 > b');
    sandbox.snapshot(['/workspace/b', '/workspace/b']);
    await sandbox.reset();
    assert.equal(await shell(sandbox, 'ls -A'), 'b\n');
    sandbox.snapshot();
    await sandbox.reset();
    assert.equal(await shell(sandbox, 'ls -A'), '');
  });

  t('a thousand files, and megabytes, byte for byte', async (sandbox) => {
    await sandbox.python(
      'import os, random\nrandom.seed(1)\nfor i in range(1000):\n os.makedirs("d%d" % (i % 30), exist_ok=True); open("d%d/%d" % (i % 30, i), "w").write("x" * i)\nopen("/tmp/main", "wb").write(random.randbytes(20_000_000))',
    );
    const sum = 'find /workspace /tmp -type f | sort | xargs sha256sum | sha256sum';
    const before = await shell(sandbox, sum);
    sandbox.snapshot(['/workspace', '/tmp']);
    await shell(sandbox, 'rm -r d1; echo x >> /tmp/main; echo y > d2/2');
    await sandbox.reset();
    assert.equal(await shell(sandbox, sum), before);
  });

  t('programs cannot access the copy', async (sandbox) => {
    await shell(sandbox, 'echo original > a');
    sandbox.snapshot(['/workspace']);
    const reach =
      'import os\nfor n in range(64):\n for how in [os.O_RDONLY, os.O_RDWR]:\n  try: os.open("/proc/1/fd/%d" % n, how); print("opened", n)\n  except PermissionError: pass';
    assert.equal((await sandbox.python(reach)).stdout.toString(), '');
    await sandbox.reset();
    assert.equal(await shell(sandbox, 'cat a; ls /proc/self/fd | wc -l'), 'original\n4\n');
  });

  const refused: Record<string, string> = {
    'a link': 'ln -s /etc/passwd kept',
    'a link in a directory': 'mkdir kept; ln -s /etc/passwd kept/link',
    'a FIFO in a directory': 'mkdir kept; mkfifo kept/fifo',
    'a socket': 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'kept\')"',
    nothing: 'true',
    'an unreadable file': 'echo > kept; chmod 0 kept',
    'an unreadable directory': 'mkdir -p kept/inner; chmod 0 kept/inner',
  };
  for (const [what, script] of Object.entries(refused)) {
    t(`error snapshot_refused: ${what}`, async (sandbox) => {
      await shell(sandbox, script);
      sandbox.snapshot(['/workspace/kept']);
      assert.match(await sandbox.fails('snapshot_refused'), /: kept/);
    });
  }

  t('error snapshot_refused: a parent is a link', async (sandbox) => {
    await shell(sandbox, 'mkdir real; echo > real/x; ln -s real d');
    sandbox.snapshot(['/workspace/d/x']);
    await sandbox.fails('snapshot_refused');
  });

  t('error snapshot_refused: a tree that is too deep', async (sandbox) => {
    await sandbox.python('import os\nfor i in range(100): os.mkdir("d"); os.chdir("d")');
    sandbox.snapshot(['/workspace']);
    await sandbox.fails('snapshot_refused');
  });

  t('max_bytes: content, paths and 32 bytes per entry', async (sandbox) => {
    await shell(sandbox, 'mkdir d; printf 12345 > d/f');
    sandbox.snapshot(['/workspace'], 32 + 1 + 32 + 3 + 5);
    await sandbox.reset();
    assert.equal(await shell(sandbox, 'cat d/f'), '12345');
    sandbox.snapshot(['/workspace'], 32 + 1 + 32 + 3 + 4);
    await sandbox.fails('snapshot_too_large');
  });

  t(
    'error snapshot_too_large: it would take the sandbox over its memory limit',
    async (sandbox) => {
      await shell(sandbox, 'head -c 20000000 /dev/zero > /tmp/first');
      sandbox.snapshot(['/tmp']);
      await sandbox.reset();
      await sandbox.stillAnswers();
      await shell(sandbox, 'head -c 15000000 /dev/zero > /tmp/second');
      sandbox.snapshot(['/tmp'], 1e9);
      assert.match(await sandbox.fails('snapshot_too_large'), /first|second/);
    },
    { memory: '64m' },
  );

  const malformed: Record<string, [string, string | number][]> = {
    'max_bytes is missing': [['path', '/workspace']],
    'a path elsewhere': [
      ['path', '/etc/passwd'],
      ['max_bytes', 1],
    ],
    'a path that only begins like a root': [
      ['path', '/tmpfoo'],
      ['max_bytes', 1],
    ],
    'a path with ..': [
      ['path', '/workspace/../etc/passwd'],
      ['max_bytes', 1],
    ],
    'a relative path': [
      ['path', 'main'],
      ['max_bytes', 1],
    ],
  };
  for (const [what, fields] of Object.entries(malformed)) {
    t(`error protocol: ${what}`, async (sandbox) => {
      sandbox.sendFields(IN.snapshot, fields);
      await sandbox.fails('protocol');
    });
  }

  t('error protocol: reset without a snapshot', async (sandbox) => {
    sandbox.send(IN.reset);
    await sandbox.fails('protocol');
  });

  t('error protocol: reset with a payload', async (sandbox) => {
    sandbox.snapshot();
    sandbox.send(IN.reset, Buffer.from('keep=/tmp/x\0'));
    await sandbox.fails('protocol');
  });

  for (const type of [IN.snapshot, IN.reset]) {
    t(`error protocol: ${type} while a program runs`, async (sandbox) => {
      sandbox.snapshot();
      sandbox.sendExec(['/bin/sleep', '10']);
      await sandbox.next(OUT.started);
      sandbox.send(type);
      await sandbox.fails('protocol');
    });
  }

  t('files for /tmp: executable where the archive says so', async (sandbox) => {
    const archive = await pack([{ name: '.code-runner/main', content: '#!/bin/sh\necho ran\n', mode: 0o755 }]);
    sandbox.sendFiles(archive, 100, IN.tmpFiles);
    assert.equal((await sandbox.exec(['/tmp/.code-runner/main'])).stdout.toString(), 'ran\n');
    assert.equal(await shell(sandbox, 'ls -A'), '');
  });

  for (const [first, second] of [
    [IN.files, IN.tmpFiles],
    [IN.tmpFiles, IN.files],
  ] as const) {
    t(`error protocol: ${second} within an archive of ${first}`, async (sandbox) => {
      const archive = await pack([{ name: 'a', content: 'x' }]);
      sandbox.send(first, archive.subarray(0, 100));
      sandbox.send(second, archive.subarray(100));
      await sandbox.fails('protocol');
    });
  }

  t('the copy counts towards the memory of the sandbox and is freed', async (sandbox) => {
    await shell(sandbox, 'head -c 30000000 /dev/urandom > /tmp/big');
    const before = await usedMemory(sandbox);
    sandbox.snapshot(['/tmp']);
    const during = await usedMemory(sandbox);
    assert.ok(during - before > 25 * MEBIBYTE, `${before} ${during}`);
    sandbox.snapshot();
    await sandbox.reset();
    const after = await usedMemory(sandbox);
    assert.ok(before - after > 25 * MEBIBYTE, `${before} ${after}`);
  });
});
