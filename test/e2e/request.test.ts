// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Service } from './service.ts';

describe('every field of a request', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python', MAX_CODE_BYTES: String(1024 * 1024) });
  });
  after(() => service.stop());

  test('image: short and long name, python if left out', async () => {
    for (const image of ['python', 'code-runner-python', undefined, null]) {
      assert.equal((await service.run({ code: 'print(1)', image })).stdout, '1\n');
    }
  });

  test('code: one MiB really runs', async () => {
    const code = `print(len('''${'x'.repeat(1024 * 1024 - 20)}'''))`;
    assert.equal((await service.run({ code })).stdout, `${1024 * 1024 - 20}\n`);
  });

  test('files: nested, base64, odd names, executable if they start with #!', async () => {
    const answer = await service.run({
      code: [
        'import os, subprocess',
        'print(open("a/b/c.txt").read(), open("bytes.bin","rb").read(), open("ünï \\n*.txt").read())',
        'print(subprocess.run(["./tool.sh"], capture_output=True, text=True).stdout.strip(), os.access("plain.txt", os.X_OK))',
      ].join('\n'),
      files: {
        'a/b/c.txt': 'deep',
        'bytes.bin': { content: Buffer.from([0, 255, 10]).toString('base64'), encoding: 'base64' },
        'ünï \n*.txt': { content: 'odd' },
        'tool.sh': '#!/bin/sh\necho tool',
        'plain.txt': '',
        [`${'x'.repeat(200)}/${'y'.repeat(255)}`]: 'long',
      },
    });
    assert.equal(answer.stderr, '');
    assert.equal(answer.stdout, "deep b'\\x00\\xff\\n' odd\ntool False\n");
  });

  test('entrypoint: a shell command in the working directory, with args as $1, $2, …', async () => {
    const answer = await service.run({
      entrypoint: 'pwd; cat note.txt; printf "%s|" "$@"',
      files: { 'note.txt': 'hello\n' },
      args: ['a b', '$HOME'],
    });
    assert.equal(answer.stdout, '/workspace\nhello\na b|$HOME|');
    assert.equal(answer.compile, null);
  });

  test('entrypoint with code: the code is staged', async () => {
    assert.equal((await service.run({ code: 'print(7)', entrypoint: 'python main.py; ls' })).stdout, '7\nmain.py\n');
  });

  test('stdin: text, base64, megabytes, and end-of-file', async () => {
    const code =
      'import sys,hashlib\ndata=sys.stdin.buffer.read()\nprint(len(data), hashlib.sha256(data).hexdigest()[:8])';
    const big = 'x'.repeat(8 * 1024 * 1024);
    assert.match((await service.run({ code, stdin: big })).stdout, /^8388608 /);
    assert.match((await service.run({ code, stdin: { content: '/w==', encoding: 'base64' } })).stdout, /^1 a8100ae6/);
    assert.match((await service.run({ code })).stdout, /^0 /);
  });

  test('stdin that the program does not read does no harm', async () => {
    const answer = await service.run({ code: 'print("done")', stdin: 'x'.repeat(4 * 1024 * 1024) });
    assert.equal(answer.stdout, 'done\n');
    assert.equal(answer.status, 'completed');
  });

  test('environment: exactly what was sent is added', async () => {
    const answer = await service.run({
      code: 'import os\nprint(os.environ["A"], repr(os.environ["EMPTY"]), os.environ["MULTI"], "SECRET" in os.environ)',
      environment: { A: 'ü=1', EMPTY: '', MULTI: 'x\ny' },
    });
    assert.equal(answer.stdout, "ü=1 '' x\ny False\n");
  });

  test('the kernel enforces mem_limit, cpus, pids_limit, disk_limit and cpu_shares', async () => {
    const answer = await service.run({
      code: [
        'import os, glob',
        'def first(*paths):',
        '    for path in paths:',
        '        if os.path.exists(path): return open(path).read().strip()',
        'g = "/sys/fs/cgroup/"',
        'print(first(g+"memory/memory.limit_in_bytes", g+"memory.max"))',
        'print(first(g+"pids/pids.max", g+"pids.max"))',
        'print(first(g+"cpu/cpu.cfs_quota_us", g+"cpu.max").split()[0])',
        'print(first(g+"cpu/cpu.shares") or "v2")',
        'for d in ("/workspace", "/tmp", "/dev/shm"):',
        '    s = os.statvfs(d); print(s.f_blocks * s.f_frsize)',
      ].join('\n'),
      mem_limit: '64m',
      pids_limit: 20,
      cpus: 0.5,
      cpu_shares: 256,
      disk_limit: '8m',
    });
    const [memory, pids, quota, shares, ...disks] = answer.stdout.trim().split('\n');
    assert.equal(memory, String(64 * 1024 ** 2));
    assert.equal(pids, '21', 'the program may have 20, and sandbox-init has one');
    assert.equal(quota, '50000');
    assert.ok(shares === '256' || shares === 'v2');
    assert.deepEqual(disks, Array(3).fill(String(8 * 1024 ** 2)));
  });

  test('allow_network: without it there is only loopback, with it there is an interface', async () => {
    const code = 'import os; print(sorted(os.listdir("/sys/class/net")))';
    assert.equal((await service.run({ code })).stdout, "['lo']\n");
    assert.match((await service.run({ code, allow_network: true })).stdout, /eth0/);
  });

  test('output_limit: output is cut and flagged, never inside a character, and the program continues', async () => {
    const answer = await service.run({
      code: 'import sys\nprint("€" * 400)\nprint("err", file=sys.stderr)\nopen("done","w").write("1")',
      output_limit: '100',
      output_files: ['done'],
    });
    assert.equal(answer.stdout, '€'.repeat(33));
    assert.equal(answer.stdout_truncated, true);
    assert.equal(answer.stderr, 'err\n');
    assert.equal(answer.stderr_truncated, false);
    assert.equal(answer.invalid_utf8, false);
    assert.equal(answer.status, 'completed');
    assert.equal(answer.output_files['done']?.content, '1');
  });

  test('output_encoding: base64 is lossless, utf-8 says that it replaced bytes', async () => {
    const code = 'import sys; sys.stdout.buffer.write(bytes([72, 255, 105]))';
    const text = await service.run({ code });
    assert.equal(text.stdout, 'H\ufffdi');
    assert.equal(text.invalid_utf8, true);
    const raw = await service.run({ code, output_encoding: 'base64' });
    assert.deepEqual([...Buffer.from(raw.stdout, 'base64')], [72, 255, 105]);
    assert.equal(raw.invalid_utf8, false);
  });

  test('output_files: paths and globs, text and bytes; omitted files are listed', async () => {
    const answer = await service.run({
      code: [
        'import os',
        'os.makedirs("out/deep"); open("out/a.txt","w").write("A"); open("out/deep/b.txt","w").write("B")',
        'open("out/raw.bin","wb").write(bytes([255])); os.symlink("/etc/passwd","out/link.txt"); os.mkfifo("out/fifo.txt")',
        'open(b"out/\\xff.txt","w").write("x"); open("out/line\\nbreak.txt","w").write("nl")',
      ].join('\n'),
      output_files: ['out/**/*.txt', 'out/raw.bin', 'missing.txt', 'out/link.txt', 'main.py'],
    });
    assert.equal(answer.stderr, '');
    const names = Object.keys(answer.output_files).sort();
    assert.deepEqual(names, ['main.py', 'out/a.txt', 'out/deep/b.txt', 'out/line\nbreak.txt', 'out/raw.bin']);
    assert.deepEqual(answer.output_files['out/a.txt'], { content: 'A', encoding: 'utf-8', size: 1 });
    assert.deepEqual(answer.output_files['out/raw.bin'], { content: '/w==', encoding: 'base64', size: 1 });
    const omitted = new Map(answer.output_files_omitted.map(({ path, reason }) => [path, reason]));
    assert.equal(omitted.get('missing.txt'), 'not_found');
    assert.equal(omitted.get('out/link.txt'), 'not_regular');
    assert.ok([...omitted.values()].includes('name_not_utf8'));
  });

  test('metadata: any JSON value; if invalid or too large, null and a note in the log', async () => {
    const write = (text: string) => `import os; open(os.environ["CODE_RUNNER_METADATA"],"w").write(${text})`;
    assert.equal((await service.run({ code: write('"17"') })).metadata, 17);
    assert.deepEqual((await service.run({ code: write(`'{"a":[null]}'`) })).metadata, { a: [null] });
    assert.equal((await service.run({ code: 'print(1)' })).metadata, null);
    const invalid = await service.run({ code: write('"{oops"') });
    const large = await service.run({ code: write('"1" * 70000') });
    assert.equal(invalid.metadata, null);
    assert.equal(large.metadata, null);
    assert.match(await service.logLine(invalid.run_id), /metadata ignored: not JSON/);
    assert.match(await service.logLine(large.run_id), /metadata ignored: too_large/);
  });

  test('the whole response, with timings that add up', async () => {
    const answer = await service.run({ code: 'import time; time.sleep(0.1); sum(range(10**6)); print("x")' });
    assert.equal(answer.exit_code, 0);
    assert.equal(answer.signal, null);
    assert.deepEqual(answer.output_files, {});
    assert.ok(answer.usage.wall_ms >= 100 && answer.usage.wall_ms < 5000);
    assert.ok((answer.usage.cpu_ms ?? 0) > 1 && (answer.usage.cpu_ms ?? 0) < answer.usage.wall_ms + 50);
    assert.ok((answer.usage.memory_peak_bytes ?? 0) > 1024 ** 2);
    assert.ok(Math.abs(answer.execution_time - answer.usage.wall_ms / 1000) < 0.001);
    const { total_ms: total = 0, ...parts } = answer.timings;
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(total - sum) < 20, `${total} is about ${sum}`);
    assert.match(answer.run_id, /^[0-9a-f-]{36}$/);
  });

  test('the log line of a run has its end and its cost, but not its contents', async () => {
    const secret = 's3cr3t-value';
    const answer = await service.run({
      code: `print("${secret}")  # code`,
      stdin: secret,
      environment: { TOKEN: secret },
      args: [secret],
    });
    const fields = JSON.parse(await service.logLine(answer.run_id));
    assert.equal(fields.status, 'completed');
    assert.equal(fields.runtime, 'python');
    assert.ok(fields.request_id && fields.cpu_ms >= 0 && fields.memory_peak_bytes > 0);
    assert.ok(!service.log.join('\n').includes(secret));
  });

  test('a refused run has a log line and a metric, too', async () => {
    const headers = { 'x-request-id': 'refused-on-its-way' };
    const counted = 'code_runner_runs_total{runtime="unknown",status="unknown_runtime"}';
    const before = await service.metric(counted);
    assert.equal((await service.post({ image: 'cobol', code: 'x' }, { headers })).status, 404);
    const { code, tenant, msg } = JSON.parse(await service.logLine('refused-on-its-way'));
    assert.deepEqual([code, tenant, msg], ['unknown_runtime', 'anonymous', 'run failed']);
    assert.equal(await service.metric(counted), before + 1);
  });
});
