// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { IN, OUT } from '../../src/init-protocol/codec.ts';
import { eventually } from '../../test/eventually.ts';
import { PROTOCOL_ONLY, type Sandbox, suite } from './harness.ts';

async function make(sandbox: Sandbox, python: string): Promise<void> {
  const outcome = await sandbox.python(`import os\n${python}`, { wallMs: 30_000 }, 40_000);
  assert.equal(outcome.exitCode, 0, outcome.stderr.toString());
}

const names = (files: Map<string, Buffer>): string[] => [...files.keys()].sort();

suite('collect', PROTOCOL_ONLY, (t) => {
  t('returns literal paths and reports missing ones', async (sandbox) => {
    await make(
      sandbox,
      `
os.makedirs('d/e'); open('d/e/f.txt', 'w').write('f'); open('a', 'w').write('a'); os.chmod('a', 0o640)
os.symlink('a', 'link'); os.symlink('d', 'linkdir'); os.mkfifo('fifo'); open('secret', 'w'); os.chmod('secret', 0)
os.mkdir('shut'); open('shut/x', 'w'); os.chmod('shut', 0)
import socket; socket.socket(socket.AF_UNIX).bind('socket')
`,
    );
    const { files, omitted, modes } = await sandbox.collect([
      'a',
      './d/e/f.txt',
      'a',
      'd',
      'link',
      'linkdir/e/f.txt',
      'fifo',
      'socket',
      'none',
      'd/none',
      'a/x',
      'secret',
      'shut/x',
      '../etc/passwd',
      '/etc/passwd',
      '',
      'd//e',
      'x'.repeat(300),
    ]);
    assert.deepEqual(names(files), ['a', 'd/e/f.txt']);
    assert.equal(modes.get('a'), 0o640);
    assert.deepEqual([...omitted].sort(), [
      'not_found: ',
      'not_found: ../etc/passwd',
      'not_found: /etc/passwd',
      'not_found: a/x',
      'not_found: d//e',
      'not_found: d/none',
      'not_found: none',
      `not_found: ${'x'.repeat(300)}`,
      'not_regular: d',
      'not_regular: fifo',
      'not_regular: link',
      'not_regular: linkdir/e/f.txt',
      'not_regular: socket',
      'unreadable: secret',
      'unreadable: shut/x',
    ]);
  });

  t('answers globs', async (sandbox) => {
    await make(
      sandbox,
      `
for p in ['a.txt', 'b.txt', 'b.md', '.hidden.txt', 'd/c.txt', 'd/e/c.txt', 'd/.h/c.txt', '.dot/c.txt', 'x[1]', 'x1', 'star*', 'ab', 'a-b', ']']:
  os.makedirs(os.path.dirname(p) or '.', exist_ok=True); open(p, 'w').write(p)
os.symlink('a.txt', 'link.txt'); os.symlink('d', 'linkd')
`,
    );
    const cases: Record<string, string[]> = {
      '*.txt': ['a.txt', 'b.txt'],
      '**/*.txt': ['a.txt', 'b.txt', 'd/c.txt', 'd/e/c.txt'],
      '**/c.txt': ['d/c.txt', 'd/e/c.txt'],
      'd/**': ['d/c.txt', 'd/e/c.txt'],
      'd/**/c.txt': ['d/c.txt', 'd/e/c.txt'],
      '**/e/**': ['d/e/c.txt'],
      '*/*': ['d/c.txt'],
      '.*': ['.hidden.txt'],
      '**/.h/*': ['d/.h/c.txt'],
      '.dot/*': ['.dot/c.txt'],
      '?.txt': ['a.txt', 'b.txt'],
      '[ab].txt': ['a.txt', 'b.txt'],
      '[!a].txt': ['b.txt'],
      '[^a].*': ['b.md', 'b.txt'],
      '[a-b].md': ['b.md'],
      'x[[]1]': ['x[1]'],
      'x[0-9]': ['x1'],
      '[]]': [']'],
      'star[*]': ['star*'],
      'a[-]b': ['a-b'],
      'a[': [],
      'link*': [],
      'd/*/*': ['d/e/c.txt'],
      '***.md': ['b.md'],
      'a.txt/**': [],
    };
    for (const [pattern, expected] of Object.entries(cases)) {
      const { files, omitted } = await sandbox.collect([pattern]);
      assert.deepEqual([names(files), omitted], [expected, []], pattern);
    }
    const { files } = await sandbox.collect(['*.txt', 'a.txt', '**/*.txt', 'a.txt', '?.txt']);
    assert.deepEqual(names(files), ['a.txt', 'b.txt', 'd/c.txt', 'd/e/c.txt']);
  });

  t('does not follow globs into exponential time', async (sandbox) => {
    await make(
      sandbox,
      `
os.makedirs('/'.join(['a' * 100] * 30)); open('/'.join(['a' * 100] * 30) + '/' + 'a' * 250, 'w')
for i in range(200): open('a' * 240 + str(i), 'w')
`,
    );
    const before = Date.now();
    const { files } = await sandbox.collect([
      `${'*a'.repeat(200)}*b`,
      `${'**/*a*a*a*a*a*/'.repeat(30)}*b`,
      `${'[a]*'.repeat(100)}c`,
    ]);
    assert.equal(files.size, 0);
    assert.ok(Date.now() - before < 5000);
  });

  t('collects from /tmp', async (sandbox) => {
    await make(sandbox, "open('/tmp/t', 'w').write('tmp')");
    assert.equal((await sandbox.collect(['t'], { root: '/tmp' })).files.get('t')?.toString(), 'tmp');
    assert.deepEqual((await sandbox.collect(['*'])).files.size, 0);
  });

  t('respects max_bytes and max_files', async (sandbox) => {
    await make(sandbox, "open('big', 'w').write('x' * 1000)\nfor i in range(9): open('s%d' % i, 'w').write('12345')");
    const bytes = await sandbox.collect(['big', 's0', 's1', 's2'], { max_bytes: 12 });
    assert.deepEqual(
      [names(bytes.files), bytes.omitted],
      [
        ['s0', 's1'],
        ['too_large: big', 'too_large: s2'],
      ],
    );
    const exact = await sandbox.collect(['big'], { max_bytes: 1000 });
    assert.equal(exact.files.get('big')?.length, 1000);
    const count = await sandbox.collect(['s*'], { max_files: 3 });
    assert.equal(count.files.size, 3);
    assert.equal(count.omitted.filter((line) => line.startsWith('too_many')).length, 1);
    const none = await sandbox.collect(['s0', 's1'], { max_files: 0 });
    assert.deepEqual([none.files.size, none.omitted], [0, ['too_many: s0']]);
  });

  t('refuses a giant sparse file by its size', async (sandbox) => {
    await make(sandbox, "f = open('sparse', 'w'); f.truncate(1 << 50); open('small', 'w').write('s')");
    const { files, omitted } = await sandbox.collect(['*']);
    assert.deepEqual([names(files), omitted], [['small'], ['too_large: sparse']]);
  });

  t('keeps names byte for byte, however odd or long', async (sandbox) => {
    const long = [`${'l'.repeat(100)}`, 'm'.repeat(101), `${'n'.repeat(200)}/${'o'.repeat(255)}`];
    await make(
      sandbox,
      `
for p in [b'new\\nline', b'\\xff\\xfe', b'sp ace', b'-rf', b'"\\x01', ${long.map((name) => `b'${name}'`).join(', ')}]:
  os.makedirs(os.path.dirname(p) or b'.', exist_ok=True); open(p, 'wb').write(p)
`,
    );
    const { files } = await sandbox.collect(['**']);
    assert.deepEqual(names(files), ['new\nline', '\xff\xfe', 'sp ace', '-rf', '"\x01', ...long].sort());
    for (const [name, content] of files) assert.equal(content.toString('latin1'), name);
    const literal = await sandbox.collect([Buffer.from([0xff, 0xfe]), Buffer.from('new\nline')]);
    assert.deepEqual(names(literal.files), ['new\nline', '\xff\xfe']);
  });

  t('stops at depth 64 and at 100,000 entries', async (sandbox) => {
    await make(
      sandbox,
      `
for i in range(70):
  open('f', 'w'); os.mkdir('d'); os.chdir('d')
`,
    );
    const deep = await sandbox.collect(['**/f']);
    assert.equal(deep.files.size, 65);
    assert.deepEqual(deep.omitted, [`too_many: ${'d/'.repeat(64)}d`]);
    sandbox.snapshot();
    await sandbox.reset();
    await make(sandbox, "os.mkdir('w')\nfor i in range(100500): os.close(os.open('w/%d' % i, os.O_CREAT))");
    const wide = await sandbox.collect(['w/none*']);
    assert.deepEqual([wide.files.size, wide.omitted.length], [0, 1]);
    assert.match(wide.omitted[0] ?? '', /^too_many: w\//);
  });

  t('reports unreadable for a directory that a glob cannot search', async (sandbox) => {
    await make(sandbox, "os.makedirs('shut/x'); open('file', 'w'); os.chmod('shut', 0); os.chmod('file', 0)");
    const { omitted } = await sandbox.collect(['**']);
    assert.deepEqual([...omitted].sort(), ['unreadable: file', 'unreadable: shut']);
  });

  t('is answered after the running program has ended', async (sandbox) => {
    sandbox.sendExec(['/bin/sh', '-c', 'sleep 0.2; echo done > out']);
    sandbox.sendCollect(['out']);
    await sandbox.outcome();
    assert.equal((await sandbox.collected()).files.get('out')?.toString(), 'done\n');
  });

  t('carries 100 MB', async (sandbox) => {
    await make(sandbox, "f = open('big', 'wb')\nfor i in range(100): f.write(bytes([i]) * 1000000)");
    const { files } = await sandbox.collect(['big'], { max_bytes: 200_000_000 });
    const big = files.get('big');
    assert.equal(big?.length, 100_000_000);
    for (let i = 0; i < 100; i++) assert.equal(big?.[i * 1_000_000 + 999_999], i);
  });

  t('notices end-of-file while the answer is not read', async (sandbox) => {
    await make(sandbox, "f = open('big', 'wb')\nfor i in range(100): f.write(bytes(1000000))");
    sandbox.process.stdout.pause();
    sandbox.sendCollect(['big'], { max_bytes: 200_000_000 });
    await sandbox.untilStalled();
    const pid = sandbox.initPid();
    sandbox.process.stdin.end();
    await eventually(() => assert.equal(existsSync(`/proc/${pid}`), false));
    sandbox.process.stdout.resume();
    assert.equal(await sandbox.ended(), 0);
    const received = sandbox.waitingFrames.reduce(
      (total, frame) => total + (frame.type === OUT.files ? frame.payload.length : 0),
      0,
    );
    assert.ok(received < 90_000_000, `it went on for ${received} bytes`);
  });

  t('answers in order with other commands', async (sandbox) => {
    await make(sandbox, "open('a', 'w').write('a')");
    sandbox.sendCollect(['a']);
    sandbox.snapshot();
    sandbox.send(IN.reset);
    sandbox.sendCollect(['a']);
    assert.deepEqual(names((await sandbox.collected()).files), ['a']);
    await sandbox.next(OUT.ready);
    assert.deepEqual((await sandbox.collected()).omitted, ['not_found: a']);
  });
});
