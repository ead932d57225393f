// @shared-engine
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { build, built, NAMES, removePrebuildsOf, startWithPrebuilds } from '../e2e/prebuilds.ts';
import { DOCKER_SOCKET, type Service } from '../e2e/service.ts';
import { eventually } from '../eventually.ts';

const ENGINE = new Engine(DOCKER_SOCKET);
const SEED = Date.now().toString(36);
const tag = (name: string) => `attack-${name}-${SEED}`;
const MEBIBYTE = 1024 ** 2;

function setup(name: string): string {
  const folder = new URL('programs/setups/', import.meta.url);
  const text = readFileSync(new URL(name, folder), 'utf8');
  return text.includes('@IMPOSTOR@') ? text.replace('@IMPOSTOR@', setup('impostor.py')) : text;
}

const WITNESS = setup('witness.py');

async function noContainers(service: Service): Promise<void> {
  await eventually(async () => assert.equal(await service.containers(), 0, 'containers left'), 5000);
}

function descriptors(service: Service): number {
  return readdirSync(`/proc/${service.process.pid}/fd`).length;
}

describe('a hostile setup script gains nothing in a run', () => {
  let service: Service;
  let calm: string;
  before(async () => {
    service = await startWithPrebuilds();
    calm = (await service.run({ code: WITNESS })).stdout;
    assert.match(calm, /"uid is a sandbox's": true/);
    assert.match(calm, /"opened in the build": false/);
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
    await removePrebuildsOf(service);
  });

  for (const name of ['impostor.sh', 'links.sh', 'kinds.sh', 'whiteouts.sh']) {
    test(`${name}: a run is the same as on the base, and its limits hold`, async () => {
      const image = tag(name.replace('.sh', ''));
      await built(service, { tag: image, setup_script: setup(name) });
      const answer = await service.run({ image, code: WITNESS });
      assert.deepEqual(JSON.parse(answer.stdout), JSON.parse(calm));
      const late = await service.run({ image, code: 'print("on", flush=True)\nwhile True: pass', timeout: 0.5 });
      assert.deepEqual([late.status, late.stdout], ['timed_out', 'on\n']);
      const hungry = await service.run({ image, code: 'x = bytearray(200 * 1024 ** 2)', mem_limit: '64m' });
      assert.equal(hungry.status, 'out_of_memory');
      await noContainers(service);
    });
  }

  test('if nothing is restored, the same impostor forges the result of every program', async () => {
    const { config } = await ENGINE.images.inspect('code-runner-python');
    const spec = JSON.stringify({ base: 'python', setupScript: 'by hand', packages: [] });
    const { id } = await ENGINE.images.inspect('code-runner-python');
    const container = await ENGINE.containers.create({
      Image: id,
      User: '0:0',
      NetworkDisabled: true,
      Entrypoint: ['/usr/bin/python3', '-c', 'import sys,os; open("/sandbox-init","w").write(sys.argv[1])'],
      Cmd: [setup('impostor.py')],
    });
    await ENGINE.containers.start(container);
    await eventually(async () => assert.ok(Number(await ENGINE.containers.size(container)) > 0), 5000);
    const labels = {
      ...config.Labels,
      [LABELS.instance]: service.instanceId,
      [LABELS.namespace]: NAMES.namespace,
      [LABELS.prebuild]: '0'.repeat(64),
      [LABELS.prebuildSpec]: spec,
      [LABELS.prebuildBaseImage]: id,
    };
    const image = await ENGINE.containers.commit(container, { ...config, Labels: labels });
    await ENGINE.containers.remove(container);
    await ENGINE.images.tag(image, NAMES.prebuilds, tag('by-hand'));
    assert.equal((await service.run({ image: tag('by-hand'), code: 'print("true")' })).stdout, 'forged\n');
  });

  /** Setup scripts that leave something that would break the engine or a sandbox. The build must fail with a reason. */
  const REFUSED: Record<string, [script: string, detail: RegExp]> = {
    'a pipe for a passwd': ['rm /etc/passwd; mkfifo /etc/passwd', /passwd is no longer a plain file/],
    'a link for a group': ['ln -sf /proc/self/mem /etc/group', /group is no longer a plain file/],
    'a passwd of megabytes': ['truncate -s 2M /etc/passwd', /passwd is no longer a plain file/],
    'a link for /etc': ['mv /etc /opt/etc; ln -s /opt/etc /etc', /\/etc is no longer a directory|cannot|busy/],
    'no interpreter any more': ['rm -rf /usr', /it removed \/usr\/bin\/python3/],
  };
  for (const [name, [script, detail]] of Object.entries(REFUSED)) {
    test(`${name} is a failed build`, async () => {
      const answer = await build(service, { tag: tag('refused'), setup_script: script });
      assert.deepEqual([answer.status, answer.body.code], [400, 'build_failed'], answer.body.detail);
      assert.match(answer.body.detail, detail);
      await noContainers(service);
      const left = (await ENGINE.images.list()).filter(
        ({ names, labels }) => names.length === 0 && labels[LABELS.instance] === service.instanceId,
      );
      assert.deepEqual(left, []);
    });
  }
});

/** What a setup script does, and the expected reason. */
type Harmful = Readonly<Record<string, readonly [script: string, detail: RegExp]>>;

/** Run until they reach the time limit. */
const LASTING: Harmful = {
  'sleeps forever': ['echo begun; sleep 1000', /longer than 4 s \(PREBUILD_TIMEOUT\)\.\nbegun/],
  'cannot be ended politely': ['trap "" TERM HUP INT; while :; do :; done', /PREBUILD_TIMEOUT/],
  'forks without end': ['bomb() { bomb | bomb & }; bomb; sleep 1000', /Cannot fork|PREBUILD_TIMEOUT/],
};
/** Reach another limit long before the time limit. */
const GREEDY: Harmful = {
  'fills the disk with one file': ['cat /dev/zero > /opt/fill; sleep 100', /File size limit exceeded|PREBUILD_MAX_MB/],
  'fills the disk with many': [
    'i=0; while :; do i=$((i+1)); head -c 50000000 /dev/zero > /opt/$i; done',
    /PREBUILD_MAX_MB/,
  ],
  'fills the disk with small files': [
    'i=0; while :; do i=$((i+1)); mkdir /opt/$i; for n in 1 2 3 4 5 6 7 8 9; do head -c 100000 /dev/zero > /opt/$i/$n; done; done',
    /PREBUILD_MAX_MB/,
  ],
  'hides its size in depths that no path reaches': [
    "python3 -c \"\nimport os\nos.chdir('/opt')\nfor i in range(60):\n    os.mkdir('d' * 200); os.chdir('d' * 200)\nopen('f', 'wb').write(bytes(10))\n\"; sleep 5",
    /does not report how much it wrote/,
  ],
  'floods the log': ['while :; do cat /etc/passwd; done', /it printed too much/],
  'eats the memory': ['python3 -c "x = bytearray(2 * 1024 ** 3)"', /out of memory \(PREBUILD_MEMORY\)/],
};

for (const [seconds, harmful] of [
  ['4', LASTING],
  ['15', GREEDY],
] as const) {
  describe(`a setup script that attacks the build host, within ${seconds} s`, () => {
    let service: Service;
    before(async () => {
      service = await startWithPrebuilds({
        PREBUILD_TIMEOUT: seconds,
        PREBUILD_MAX_MB: '64',
        PREBUILD_MEMORY: '256m',
      });
    });
    after(async () => {
      assert.equal(await service.stop(), 0);
      await removePrebuildsOf(service);
    });

    for (const [name, [script, detail]] of Object.entries(harmful)) {
      test(`${name}: ends at its limits, runs continue meanwhile, nothing is left`, async () => {
        const before = descriptors(service);
        const startedAt = performance.now();
        const building = build(service, { tag: tag('harm'), setup_script: script });
        assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
        const answer = await building;
        const tookMs = performance.now() - startedAt;
        assert.deepEqual([answer.status, answer.body.code], [400, 'build_failed'], answer.body.detail);
        assert.match(answer.body.detail, detail);
        assert.ok(answer.body.detail.length < 3000);
        assert.ok(tookMs < 40_000, `took ${tookMs} ms`);
        await noContainers(service);
        assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
        assert.ok(descriptors(service) <= before + 4);
      });
    }
  });
}

test('a file that is deleted while it grows is detected on the disk', async () => {
  const probe = await startWithPrebuilds({ PREBUILD_RESERVE_MB: '100000000' });
  const refused = await build(probe, { tag: tag('full'), setup_script: 'true' });
  assert.deepEqual([refused.status, refused.body.code], [503, 'over_capacity']);
  assert.match(refused.body.detail, /not enough free space on the engine's disk/);
  const { stdout } = await probe.run({
    image: 'python',
    code: 'import os; s = os.statvfs("/"); print(s.f_bavail * s.f_frsize)',
  });
  await probe.stop();
  const reserveMb = Math.floor(Number(stdout) / MEBIBYTE) - 2500;
  const service = await startWithPrebuilds({ PREBUILD_RESERVE_MB: `${reserveMb}`, PREBUILD_MAX_MB: '64' });
  try {
    const script = setup('hidden.sh');
    const answer = await build(service, { tag: tag('hidden'), setup_script: script });
    assert.equal(answer.status, 400, answer.body.detail);
    assert.match(answer.body.detail, /disk is nearly full/);
    await noContainers(service);
  } finally {
    assert.equal(await service.stop(), 0);
  }
});
