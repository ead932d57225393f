// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ensureImages } from '../../scripts/build-images.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { eventually } from '../eventually.ts';
import { DOCKER_SOCKET, Service } from './service.ts';

const MANIFEST = {
  name: 'Bash',
  description: 'GNU Bash',
  version: '5.2',
  main_file: 'main.sh',
  file_extension: '.sh',
  default_entrypoint: 'bash main.sh',
  compile: null,
  run: ['/bin/bash', 'main.sh'],
  environment: { HOME: '/tmp', PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
  sample: { file: 'hello.sh', stdout: 'Hello from Bash\n' },
};

describe('a seventh language is a new folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'code-runner-runtimes-'));
  const engine = new Engine(DOCKER_SOCKET);
  let service: Service;
  before(async () => {
    cpSync('runtimes/python', join(folder, 'python'), { recursive: true });
    mkdirSync(join(folder, 'bash'));
    writeFileSync(join(folder, 'bash', 'Dockerfile'), 'FROM code-runner-base\n');
    writeFileSync(join(folder, 'bash', 'runtime.json'), JSON.stringify(MANIFEST));
    writeFileSync(join(folder, 'bash', 'hello.sh'), 'echo Hello from Bash\n');
    await ensureImages(engine, { project: '.', runtimes: folder, only: undefined });
    service = await Service.start({ RUNTIME_DIR: folder });
  });
  after(async () => {
    await service.stop();
    await engine.images.remove('code-runner-bash');
    rmSync(folder, { recursive: true });
  });

  test('it runs, and is listed', async () => {
    const answer = await service.run({ image: 'bash', code: 'echo "$1-$BASH_VERSION"', args: ['x'] });
    assert.match(answer.stdout, /^x-5\.2/);
    const { body } = await service.get('/runtimes');
    const ids = (body as { images: { id: string; available: boolean }[] }).images.map(({ id }) => id);
    assert.deepEqual(ids, ['code-runner-bash', 'code-runner-python']);
  });

  test('if its image is removed while the service runs, it is runtime_not_ready and other runtimes continue', async () => {
    await engine.images.remove('code-runner-bash');
    const problem = await service.refusal({ image: 'bash', code: 'echo 1' });
    assert.deepEqual([problem.status, problem.code], [503, 'runtime_not_ready']);
    await eventually(async () => {
      const { status, body } = await service.get('/health');
      assert.equal(status, 503);
      assert.deepEqual((body as { runtimes: unknown }).runtimes, { bash: 'missing', python: 'ready' });
    }, 1000);
    assert.equal((await service.get('/readyz')).status, 503);
    assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
    await ensureImages(engine, { project: '.', runtimes: folder, only: ['bash'] });
    await service.whenReady();
    assert.equal((await service.run({ image: 'bash', code: 'echo back' })).stdout, 'back\n');
  });
});
