// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { NO_TERMINALS } from '../../src/engines/docker/host-config.ts';
import { suite, TWO_AT_A_TIME } from './harness.ts';

suite('reset', TWO_AT_A_TIME, (t) => {
  t('removes 50,000 files and a wide tree of directories', async (sandbox) => {
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
    sandbox.snapshot();
    await sandbox.reset(30_000);
    assert.equal((await sandbox.exec(['/bin/ls', '-A'])).stdout.toString(), '');
  });

  t('can be done again and again', async (sandbox) => {
    sandbox.snapshot();
    for (let i = 0; i < 20; i++) {
      await sandbox.exec(['/bin/touch', 'x']);
      await sandbox.reset();
    }
    assert.equal((await sandbox.exec(['/bin/ls', '-A'])).stdout.toString(), '');
  });

  t(
    'works without pseudo-terminals, as in the sandboxes of the service',
    async (sandbox) => {
      assert.equal((await sandbox.exec(['/bin/ls', '/dev/pts'])).stdout.toString(), '');
      sandbox.snapshot();
      await sandbox.reset();
      await sandbox.stillAnswers();
    },
    { dockerArguments: ['--tmpfs', `/dev/pts:${NO_TERMINALS['/dev/pts']}`] },
  );
});
