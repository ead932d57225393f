import assert from 'node:assert/strict';
import { suite } from './harness.ts';

const LOOK = `
import os
for root in ['/workspace', '/tmp', '/dev/shm', '/dev/mqueue']: print(root, sorted(os.listdir(root)), oct(os.stat(root).st_mode), os.listxattr(root))
for kind in ['shm', 'sem', 'msg']: print(kind, len(open('/proc/sysvipc/' + kind).readlines()) - 1)
`;

suite('reset', (t) => {
  t('leaves nothing behind', async (sandbox) => {
    const before = await sandbox.python(LOOK);
    assert.match(before.stdout.toString(), /^\/workspace \[\] 0o40755 \[\]\n\/tmp \[\]/);
    const made = await sandbox.exec(['/programs/litter'], { cwd: '/tmp' });
    assert.equal(made.exitCode, 0, made.stderr.toString());
    const littered = await sandbox.python(LOOK, { cwd: '/tmp' });
    assert.match(littered.stdout.toString(), /shm 2\nsem 1\nmsg 1\n$/);
    await sandbox.python(
      `
import os
for root in ['/workspace', '/tmp', '/dev/shm']:
  os.makedirs(root + '/d/e'); open(root + '/d/e/f', 'w'); open(root + '/.hidden', 'w'); os.symlink('/etc', root + '/link'); os.mkfifo(root + '/fifo')
  open(root + '/new\\nline', 'w'); open(os.fsencode(root) + b'/\\xff', 'w'); open(root + '/-rf', 'w'); os.mkdir(root + '/.wipe-0'); open(root + '/.wipe-1', 'w')
  os.makedirs(root + '/.wipe-2/full/inner'); os.chmod(root + '/d/e/f', 0); os.chmod(root + '/d/e', 0); os.chmod(root + '/d', 0)
os.setxattr('/workspace', 'user.note', b'remember me')
os.chmod('/workspace', 0)
`,
      { cwd: '/tmp' },
    );
    await sandbox.reset();
    assert.equal((await sandbox.python(LOOK)).stdout.toString(), before.stdout.toString());
  });

  t(
    'removes a tree 100,000 deep',
    async (sandbox) => {
      const made = await sandbox.python(
        `
import os
for i in range(100000):
  os.mkdir('d'); os.chdir('d')
open('at-the-bottom', 'w')
`,
        { wallMs: 60_000 },
        70_000,
      );
      assert.equal(made.exitCode, 0, made.stderr.toString());
      await sandbox.reset([], 60_000);
      assert.equal((await sandbox.exec(['/bin/ls', '-A'])).stdout.toString(), '');
    },
    { memory: '512m' },
  );

  t('removes 50,000 files and a bush of directories', async (sandbox) => {
    const made = await sandbox.python(
      `
import os
for i in range(50000): os.close(os.open('f%d' % i, os.O_CREAT))
for i in range(20):
  for j in range(20):
    os.makedirs('b/%d/%d/x/y' % (i, j)); open('b/%d/%d/x/y/z' % (i, j), 'w')
`,
      { wallMs: 30_000 },
      40_000,
    );
    assert.equal(made.exitCode, 0, made.stderr.toString());
    await sandbox.reset([], 30_000);
    assert.equal((await sandbox.exec(['/bin/ls', '-A'])).stdout.toString(), '');
  });

  t('keeps what it is told to keep, and nothing beside it', async (sandbox) => {
    await sandbox.python(`
import os
os.makedirs('out/bin/x'); open('out/bin/main', 'w').write('artefact'); open('out/bin/other', 'w'); open('out/bin/x/y', 'w'); os.mkdir('out/lib')
os.makedirs('out-of-it/bin'); open('out-of-it/bin/main', 'w'); open('out/bin/main2', 'w'); open('top', 'w').write('top'); open('/tmp/t', 'w').write('t'); open('/tmp/u', 'w')
os.chmod('out/bin', 0o100); os.chmod('out', 0)
`);
    await sandbox.reset(['/workspace/out/bin/main', '/workspace/top', '/tmp/t']);
    const { files } = await sandbox.collect(['**']);
    assert.deepEqual([...files].map(([name, content]) => `${name}=${content}`).sort(), [
      'out/bin/main=artefact',
      'top=top',
    ]);
    assert.equal(
      (await sandbox.exec(['/usr/bin/find', '/workspace', '/tmp', '-mindepth', '1'])).stdout
        .toString()
        .split('\n')
        .sort()
        .join(' ')
        .trim(),
      '/tmp/t /workspace/out /workspace/out/bin /workspace/out/bin/main /workspace/top',
    );
    await sandbox.reset();
    assert.equal((await sandbox.exec(['/usr/bin/find', '/workspace', '/tmp', '-mindepth', '1'])).stdout.toString(), '');
  });

  const badKeeps: Record<string, string> = {
    'is not there': 'true',
    'is a link': 'ln -s /etc/passwd kept',
    'is a directory': 'mkdir kept',
  };
  for (const [what, script] of Object.entries(badKeeps)) {
    t(`error reset_failed: what is to be kept ${what}`, async (sandbox) => {
      await sandbox.exec(['/bin/sh', '-c', script]);
      sandbox.sendFields('R', [['keep', '/workspace/kept']]);
      await sandbox.fails('reset_failed');
    });
  }

  t('error reset_failed: a directory to be kept is a link', async (sandbox) => {
    await sandbox.exec(['/bin/sh', '-c', 'mkdir real; touch real/x; ln -s real d']);
    sandbox.sendFields('R', [['keep', '/workspace/d/x']]);
    await sandbox.fails('reset_failed');
  });

  t('can be done again and again', async (sandbox) => {
    for (let i = 0; i < 20; i++) {
      await sandbox.exec(['/bin/touch', 'x']);
      await sandbox.reset();
    }
    assert.equal((await sandbox.exec(['/bin/ls', '-A'])).stdout.toString(), '');
  });
}, 2);
