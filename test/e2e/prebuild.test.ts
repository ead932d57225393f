import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { PrebuildImages } from '../../src/engines/docker/prebuild-images.ts';
import { eventually } from '../eventually.ts';
import { build, built, listed, NAMES, removePrebuildsOf, startWithPrebuilds } from './prebuilds.ts';
import { DOCKER_SOCKET, type Service } from './service.ts';

const ENGINE = new Engine(DOCKER_SOCKET);
const SEED = Date.now().toString(36);
/** Tags of this test file, because other tests may use the same engine. */
const tag = (name: string) => `e2e-${name}-${SEED}`;

async function ourImages(service: Service) {
  return (await ENGINE.images.list()).filter(({ labels }) => labels[LABELS.instance] === service.instanceId);
}

describe('prebuilds', () => {
  let service: Service;
  before(async () => {
    service = await startWithPrebuilds({ RUNTIMES: 'python,node' });
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
    await removePrebuildsOf(service);
  });

  test('what a script installs is available in every run, and temporary files are not', async () => {
    const script = [
      'mkdir -p /opt/mine /workspace/deep/er',
      'echo data > /opt/mine/data',
      'echo left > /workspace/left; echo left > /tmp/left; echo left > /dev/shm/left',
      'echo "$HTTPS_PROXY$NODE_EXTRA_CA_CERTS" > /dev/null',
      '(while :; do echo alive > /opt/mine/alive; sleep 0.01; done) &',
      'id -u',
    ].join('\n');
    const made = await built(service, { tag: tag('files'), setup_script: script });
    assert.equal(made.tag, `prebuilt-${tag('files')}`);
    assert.equal(made.base_image, 'code-runner-python');
    assert.ok(made.layer_size_bytes > 0 && made.layer_size_bytes < 1024 ** 2, `${made.layer_size_bytes}`);
    for (const image of [tag('files'), `prebuilt-${tag('files')}`]) {
      const answer = await service.run({
        image,
        code: [
          'import os',
          'print(open("/opt/mine/data").read(), end="")',
          'print(os.listdir("/workspace"), os.listdir("/tmp"), os.listdir("/dev/shm"), os.getuid() > 1000)',
          'print(sorted(os.environ))',
        ].join('\n'),
      });
      assert.equal(
        answer.stdout,
        "data\n['main.py'] [] [] True\n['CODE_RUNNER_METADATA', 'HOME', 'LANG', 'PATH', 'PYTHONDONTWRITEBYTECODE']\n",
      );
    }
  });

  test("the image has its base's configuration and labels that describe it", async () => {
    const [image] = (await ourImages(service)).filter(({ names }) =>
      names.includes(`${NAMES.prebuilds}:${tag('files')}`),
    );
    assert.ok(image);
    const [own, base] = await Promise.all([
      ENGINE.images.inspect(image.id),
      ENGINE.images.inspect('code-runner-python'),
    ]);
    const { Labels, ...config } = own.config;
    const { Labels: _, ...expected } = base.config;
    assert.deepEqual(config, expected);
    assert.equal(Labels?.[LABELS.prebuildBaseImage], base.id);
    assert.match(Labels?.[LABELS.prebuild] ?? '', /^[0-9a-f]{64}$/);
    assert.ok(!JSON.stringify(own).includes('ca-certificates'));
  });

  test('a failing script is 400 with the end of its log, and the previous prebuild is kept', async () => {
    const answer = await build(service, { tag: tag('files'), setup_script: 'echo out; echo why >&2; exit 3' });
    assert.deepEqual([answer.status, answer.body.code], [400, 'build_failed']);
    assert.equal(answer.body.detail, 'Build failed: out\nwhy');
    const answered = await service.run({ image: tag('files'), code: 'print(open("/opt/mine/data").read())' });
    assert.equal(answered.exit_code, 0);
    await eventually(async () => assert.equal(await service.containers(), 0), 3000);
  });

  test('an unknown base is 422, an unknown prebuild 404', async () => {
    const answer = await build(service, { tag: tag('x'), base_image: 'cobol', setup_script: 'true' });
    assert.deepEqual([answer.status, answer.body.code], [422, 'invalid_request']);
    assert.equal((await service.refusal({ image: tag('nothing'), code: '1' })).code, 'unknown_runtime');
  });

  test('prebuild_spec is built once, and a run on it costs no more than one on its base', async () => {
    const body = { code: 'print(open("/opt/spec").read())', prebuild_spec: { setup_script: 'echo spec > /opt/spec' } };
    const both = await Promise.all([service.run(body), service.run(body)]);
    assert.deepEqual(
      both.map(({ stdout }) => stdout),
      ['spec\n\n', 'spec\n\n'],
    );
    const before = await service.metric('code_runner_prebuild_builds_total{base="python",status="ready"}');
    assert.equal((await service.run(body)).stdout, 'spec\n\n');
    assert.equal(await service.metric('code_runner_prebuild_builds_total{base="python",status="ready"}'), before);
    const other = { ...body, prebuild_spec: { setup_script: 'echo other > /opt/spec' } };
    assert.equal((await service.run(other)).stdout, 'other\n\n');
  });

  test('the log is streamed while the script runs', async () => {
    const response = await fetch(`${service.url}/prebuild`, {
      method: 'POST',
      body: JSON.stringify({ tag: tag('stream'), setup_script: 'echo one; sleep 1; echo two' }),
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const seen: [atMs: number, text: string][] = [];
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) seen.push([performance.now(), decoder.decode(chunk as Uint8Array)]);
    const at = (text: string) => seen.find(([, chunk]) => chunk.includes(text))?.[0] ?? Number.NaN;
    assert.ok(at('"two') - at('"one') > 700, JSON.stringify(seen));
    assert.match(seen.at(-1)?.[1] ?? '', /event: ready/);
  });

  test('a reader that stalls until the build has ended gets every line of the log', async () => {
    const count = 1_500_000;
    const built = () => service.metric('code_runner_prebuild_builds_total{base="python",status="ready"}');
    const before = await built();
    const response = await fetch(`${service.url}/prebuild`, {
      method: 'POST',
      body: JSON.stringify({ tag: tag('stalled'), setup_script: `seq ${count}` }),
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    await eventually(async () => assert.ok((await built()) > before, 'the build goes on without the reader'), 30_000);
    const events = (await response.text()).trim().split('\n\n');
    assert.match(events.pop() ?? '', /^event: ready/);
    const lines = events
      .filter((event) => event.startsWith('event: log'))
      .map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as string)
      .join('')
      .split('\n');
    assert.equal(lines.length, count + 1);
    assert.ok(lines.every((line, index) => index === count || line === String(index + 1)));
    assert.equal((await fetch(`${service.url}/prebuilds/${tag('stalled')}`, { method: 'DELETE' })).status, 200);
  });

  test('a refusal before the build starts is an ordinary error, even if events were requested', async () => {
    const response = await fetch(`${service.url}/prebuild`, {
      method: 'POST',
      body: JSON.stringify({ tag: tag('x'), base_image: 'cobol', setup_script: 'true' }),
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    assert.equal(response.status, 422);
    assert.equal(((await response.json()) as { code: string }).code, 'invalid_request');
  });

  test('listed, found, counted, removed', async () => {
    const mine = (await listed(service)).filter((entry) => entry.tag.includes(SEED));
    assert.deepEqual(mine.map((entry) => entry.tag).sort(), [`prebuilt-${tag('files')}`, `prebuilt-${tag('stream')}`]);
    const entry = mine.find(({ tag: name }) => name.includes('files'));
    assert.ok(entry?.last_used && !entry.stale);
    assert.equal(entry.labels[LABELS.prebuildSpec], undefined);
    assert.ok((await service.metric('code_runner_prebuilds')) >= 4);
    assert.ok((await service.metric('code_runner_prebuild_bytes')) > 0);
    const removed = await fetch(`${service.url}/prebuilds/${tag('stream')}`, { method: 'DELETE' });
    assert.deepEqual(await removed.json(), { status: 'deleted', tag: `prebuilt-${tag('stream')}` });
    assert.equal((await service.get(`/prebuilds/${tag('stream')}`)).status, 404);
    assert.equal((await service.refusal({ image: tag('stream'), code: '1' })).status, 404);
  });

  test('removing one that is in use: its runs continue, and its image is removed afterwards', async () => {
    await built(service, { tag: tag('busy'), setup_script: 'echo busy > /opt/busy' });
    const code = 'import time; print("on", flush=True); time.sleep(2); print(open("/opt/busy").read())';
    const reference = `${NAMES.prebuilds}:${tag('busy')}`;
    const { id } = await ENGINE.images.inspect(reference);
    const running = service.run({ image: tag('busy'), code, args: ['busy'] });
    await service.untilProcesses(/ busy$/);
    assert.equal((await fetch(`${service.url}/prebuilds/${tag('busy')}`, { method: 'DELETE' })).status, 200);
    assert.equal((await running).stdout, 'on\nbusy\n\n');
    assert.equal((await service.refusal({ image: tag('busy'), code: '1' })).status, 404);
    // The name of its last use may have come back, if the service was about to record that.
    const left = async () => (await ourImages(service)).filter((image) => image.id === id);
    assert.deepEqual(
      (await left()).map(({ names }) => names.includes(reference)),
      [false],
    );
    await eventually(async () => {
      await new PrebuildImages(ENGINE, NAMES).sweep(0);
      assert.deepEqual(await left(), []);
    }, 5000);
  });

  test('a stale one is listed as such and rebuilt by its next use', async () => {
    await built(service, { tag: tag('stale'), base_image: 'node', setup_script: 'echo 1 > /opt/one' });
    const [old] = (await ourImages(service)).filter(({ names }) =>
      names.includes(`${NAMES.prebuilds}:${tag('stale')}`),
    );
    assert.ok(old);
    // An image whose label says that it was built on another base than the current one.
    const { id, config } = await ENGINE.images.inspect(old.id);
    const container = await ENGINE.containers.create({ Image: id });
    const labels = { ...config.Labels, [LABELS.prebuildBaseImage]: `sha256:${'0'.repeat(64)}` };
    const aged = await ENGINE.containers.commit(container, { ...config, Labels: labels });
    await ENGINE.containers.remove(container);
    await ENGINE.images.tag(aged, NAMES.prebuilds, tag('stale'));
    await ENGINE.images.removeUnused(id);
    await eventually(async () => {
      const entry = (await listed(service)).find((each) => each.tag.includes('stale'));
      assert.equal(entry?.stale, true);
    }, 7000);
    const answer = await service.run({
      image: tag('stale'),
      code: 'console.log(require("fs").readFileSync("/opt/one", "utf8"))',
    });
    assert.equal(answer.stdout, '1\n\n');
    const entry = (await listed(service)).find((each) => each.tag.includes('stale'));
    assert.equal(entry?.stale, false);
  });
});

describe('the life cycle of prebuilds', () => {
  const services: Service[] = [];
  const start = async (environment: Record<string, string> = {}) => {
    const service = await startWithPrebuilds(environment);
    services.push(service);
    return service;
  };
  after(async () => {
    // Those of a test that failed.
    for (const service of services) await service.stop('SIGKILL');
    await removePrebuildsOf(...services);
  });

  test('they and their last use survive a restart; clean-up uses it and removes nothing else', async () => {
    const first = await start();
    await built(first, { tag: tag('kept'), setup_script: 'echo kept > /opt/kept' });
    await built(first, { tag: tag('idle'), setup_script: 'echo idle > /opt/idle' });
    await first.run({ image: tag('kept'), code: 'print(1)' });
    const before = (await listed(first)).find((entry) => entry.tag.includes('kept'))?.last_used ?? '';
    assert.equal(await first.stop(), 0);
    // A foreign image with a name like those of this service.
    const base = await ENGINE.images.inspect('code-runner-python');
    await ENGINE.images.tag(base.id, NAMES.prebuilds, tag('foreign'));
    const second = await start();
    const entries = (await listed(second)).filter((entry) => entry.tag.includes(SEED));
    const kept = entries.find((entry) => entry.tag.includes('kept'));
    assert.equal(kept?.last_used?.slice(0, 19), before.slice(0, 19));
    assert.ok(!entries.some((entry) => entry.tag.includes('foreign')));
    const answer = await fetch(`${second.url}/prebuilds/cleanup?max_age_days=0.00001`, { method: 'POST' });
    const { removed } = (await answer.json()) as { removed: string[] };
    assert.ok(removed.includes(`prebuilt-${tag('idle')}`));
    assert.ok(!removed.includes(`prebuilt-${tag('kept')}`), 'used within the last minute');
    assert.equal((await second.run({ image: tag('kept'), code: 'print(1)' })).stdout, '1\n');
    assert.ok(await ENGINE.images.find(`${NAMES.prebuilds}:${tag('foreign')}`));
    await ENGINE.images.remove(`${NAMES.prebuilds}:${tag('foreign')}`);
    assert.equal(await second.stop(), 0);
  });

  test('a service knows at once what another service on the same engine builds or removes', async () => {
    const [maker, neighbour] = await Promise.all([start(), start()]);
    for (const name of ['shared-a', 'shared-b']) {
      const image = tag(name);
      // The other service has just scanned when the prebuild appears.
      assert.equal((await neighbour.refusal({ image, code: '1' })).code, 'unknown_runtime');
      await built(maker, { tag: image, setup_script: `echo ${name} > /opt/name` });
      assert.equal((await neighbour.refusal({ image: `${image}-other`, code: '1' })).code, 'unknown_runtime');
      const answer = await neighbour.run({ image, code: 'print(open("/opt/name").read(), end="")' });
      assert.equal(answer.stdout, `${name}\n`);
      await fetch(`${maker.url}/prebuilds/${image}`, { method: 'DELETE' });
      assert.equal((await neighbour.get(`/prebuilds/${image}`)).status, 404);
    }
    for (const service of [maker, neighbour]) assert.equal(await service.stop(), 0);
  });

  test('kill -9 during a build leaves no container and no partial image', async () => {
    const service = await start();
    const building = build(service, { tag: tag('killed'), setup_script: 'echo begun; sleep 60' });
    building.catch(() => undefined);
    await eventually(async () => assert.equal(await service.metric('code_runner_prebuilds_building'), 1), 5000);
    await service.untilProcesses(/^ *\d+ +\S+ +sleep 60$/);
    assert.equal(await service.containers(), 2);
    await service.stop('SIGKILL');
    await eventually(async () => assert.equal(await service.containers(), 0), 5000);
    assert.deepEqual(await ourImages(service), []);
    await assert.rejects(building);
  });

  test('a client that disconnects ends its build within a second, and so does SIGTERM', async () => {
    const service = await start();
    const client = new AbortController();
    const building = build(service, { tag: tag('left'), setup_script: 'sleep 60' }, client.signal);
    building.catch(() => undefined);
    await service.untilProcesses(/^ *\d+ +\S+ +sleep 60$/);
    assert.equal(await service.containers(), 2);
    client.abort();
    await eventually(async () => assert.equal(await service.containers(), 0), 3000);
    const other = build(service, { tag: tag('left'), setup_script: 'sleep 60' });
    await service.untilProcesses(/^ *\d+ +\S+ +sleep 60$/);
    assert.equal(await service.containers(), 2);
    const stopped = service.stop();
    assert.equal((await other).body.code, 'draining');
    assert.equal(await stopped, 0);
    assert.equal(await service.containers(), 0);
    assert.deepEqual(await ourImages(service), []);
  });

  test('PREBUILDS=off removes the routes and refuses the fields', async () => {
    await using service = await start({ PREBUILDS: 'off' });
    assert.equal((await build(service, { tag: 'x', setup_script: 'true' })).status, 404);
    assert.equal((await service.get('/prebuilds')).status, 404);
    const refusal = await service.refusal({ code: '1', prebuild_spec: { setup_script: 'true' } });
    assert.deepEqual([refusal.status, refusal.code], [422, 'invalid_request']);
    assert.equal((await service.run({ code: 'print(1)', prebuild_spec: null })).stdout, '1\n');
  });
});
