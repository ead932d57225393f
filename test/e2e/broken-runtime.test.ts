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
  name: 'Broken',
  description: 'A runtime whose image lacks its interpreter',
  version: '1',
  main_file: 'main.brk',
  file_extension: '.brk',
  default_entrypoint: 'broken main.brk',
  compile: null,
  run: ['/bin/not-there', 'main.brk'],
  environment: { PATH: '/usr/bin:/bin' },
  sample: { file: 'hello.brk', stdout: 'hello\n' },
};

describe('one broken runtime does not affect the others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'code-runner-runtimes-'));
  const engine = new Engine(DOCKER_SOCKET);
  let service: Service;
  before(async () => {
    cpSync('runtimes/python', join(folder, 'python'), { recursive: true });
    for (const id of ['broken', 'absent']) {
      mkdirSync(join(folder, id));
      writeFileSync(join(folder, id, 'Dockerfile'), 'FROM code-runner-base\n');
      writeFileSync(join(folder, id, 'runtime.json'), JSON.stringify(MANIFEST));
      writeFileSync(join(folder, id, 'hello.brk'), 'hello\n');
    }
    await ensureImages(engine, { project: '.', runtimes: folder, only: ['broken'] });
    service = await Service.start({ RUNTIME_DIR: folder, READY_RUNTIMES: 'python' });
  });
  after(async () => {
    await service.stop();
    await engine.images.remove('code-runner-broken');
    rmSync(folder, { recursive: true });
  });

  test('the service is ready and reports which runtimes are not', async () => {
    await eventually(async () => {
      const { status, body } = await service.get('/health');
      const { runtimes } = body as { runtimes: unknown };
      assert.deepEqual([status, runtimes], [200, { absent: 'missing', broken: 'broken', python: 'ready' }]);
    }, 10_000);
    assert.equal((await service.get('/readyz')).status, 200);
    const { body } = await service.get('/runtimes');
    const { images } = body as { images: { id: string; available: boolean; unavailable_reason: string | null }[] };
    const reasons = Object.fromEntries(images.map(({ id, unavailable_reason }) => [id, unavailable_reason]));
    assert.equal(reasons['code-runner-python'], null);
    assert.match(reasons['code-runner-broken'] ?? '', /fails to run its sample program.*npm run images/);
    assert.match(reasons['code-runner-absent'] ?? '', /does not exist.*npm run images/);
  });

  test('their runs are refused with what to do; other runs are answered', async () => {
    for (const image of ['broken', 'absent']) {
      const { status, code, detail } = await service.refusal({ image, code: 'x' });
      assert.deepEqual([status, code], [503, 'runtime_not_ready']);
      assert.match(detail, /npm run images/);
    }
    assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
  });

  test('the service does not start with an unknown name in READY_RUNTIMES', async () => {
    const started = Service.start({ RUNTIME_DIR: folder, READY_RUNTIMES: 'python,cobol' });
    await assert.rejects(started, /READY_RUNTIMES contains runtimes that are not served: cobol/);
  });
});
