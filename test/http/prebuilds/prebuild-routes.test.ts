import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { Deferred } from '../../../src/core/deferred.ts';
import { type ErrorCode, RunnerError } from '../../../src/core/errors.ts';
import type { AppOptions } from '../../../src/http/app.ts';
import { BuildLog } from '../../../src/prebuilds/build-log.ts';
import type { Prebuild } from '../../../src/prebuilds/catalog.ts';
import { type PrebuildSpec, type PrebuildTag, prebuildSpec } from '../../../src/prebuilds/spec.ts';
import { accepted, harness, post, problemOf, refused } from '../harness.ts';

type Prebuilds = NonNullable<AppOptions['prebuilds']>;

const CREATED = Date.UTC(2026, 0, 2);

function prebuild(tag: string, spec: PrebuildSpec): Prebuild {
  const image = {
    id: 'sha256:1',
    tags: new Map(),
    spec,
    specHash: 'hash',
    baseImageId: 'sha256:0',
    sizeBytes: 2000,
    layerBytes: 500,
    createdAtMs: CREATED,
    labels: { 'code-runner.prebuild': 'hash' },
  };
  return { tag: tag as PrebuildTag, image, isStale: false, lastUsedAtMs: undefined };
}

const MINE = prebuild('mine', prebuildSpec('python', 'true', []));

/** Records its calls and builds immediately. */
function fake(changes: Partial<Prebuilds> = {}) {
  const asked: unknown[] = [];
  const prebuilds: Prebuilds = {
    specOf: ({ base, setupScript, packages }) => prebuildSpec(base, setupScript, packages),
    build: async (tag, spec) => {
      asked.push([tag, spec]);
      return prebuild(tag, spec);
    },
    all: async () => [MINE],
    find: async (tag) => (tag === 'mine' ? MINE : undefined),
    remove: async (tag) => tag === 'mine',
    cleanUp: async (maxAgeMs) => {
      asked.push(maxAgeMs);
      return ['old' as PrebuildTag];
    },
    ...changes,
  };
  return { prebuilds, asked };
}

describe('POST /prebuild', () => {
  test("the original API's request and response", async () => {
    const { prebuilds, asked } = fake();
    const { app } = harness({ prebuilds });
    const response = await app.request('/prebuild', post({ tag: 'prebuilt-my-scipy', setup_script: 'pip install x' }));
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      tag: 'prebuilt-my-scipy',
      base_image: 'code-runner-python',
      size_bytes: 2000,
      layer_size_bytes: 500,
      status: 'ready',
    });
    assert.deepEqual(asked, [['my-scipy', prebuildSpec('python', 'pip install x', [])]]);
  });

  const REFUSED: [body: Record<string, unknown>, pointer: string][] = [
    [{ setup_script: 'true' }, '/tag'],
    [{ tag: 'Big', setup_script: 'true' }, '/tag'],
    [{ tag: '-x', setup_script: 'true' }, '/tag'],
    [{ tag: 'a/b', setup_script: 'true' }, '/tag'],
    [{ tag: 'a:b', setup_script: 'true' }, '/tag'],
    [{ tag: 'prebuilt-', setup_script: 'true' }, '/tag'],
    [{ tag: 'x'.repeat(64), setup_script: 'true' }, '/tag'],
    [{ tag: 'spec-0123', setup_script: 'true' }, '/tag'],
    [{ tag: 'x' }, '/setup_script'],
    [{ tag: 'x', setup_script: '' }, '/setup_script'],
    [{ tag: 'x', setup_script: 'a\0b' }, '/setup_script'],
    [{ tag: 'x', setup_script: 'x'.repeat(65_537) }, '/setup_script'],
    [{ tag: 'x', setup_script: 'true', base: 'node' }, '/base'],
    [{ tag: 'x', setup_script: 'true', base_image: 7 }, '/base_image'],
    [{ tag: 'x', packages: 'numpy' }, '/packages'],
    [{ tag: 'x', packages: Array(101).fill('a') }, '/packages'],
  ];
  for (const [body, pointer] of REFUSED) {
    test(`refused: ${JSON.stringify(body).slice(0, 80)}`, async () => {
      const { prebuilds, asked } = fake();
      const problem = await problemOf(await harness({ prebuilds }).app.request('/prebuild', post(body)));
      assert.deepEqual([problem.status, problem.code], [422, 'invalid_request']);
      assert.ok(
        problem.errors?.some((error) => error.pointer === pointer),
        JSON.stringify(problem.errors),
      );
      assert.deepEqual(asked, []);
    });
  }

  test('a failing script is 400 with the end of its log', async () => {
    const build = async () => Promise.reject(new RunnerError('build_failed', 'Build failed: no such package'));
    const { app } = harness({ prebuilds: fake({ build }).prebuilds });
    const problem = await problemOf(await app.request('/prebuild', post({ tag: 'x', setup_script: 'false' })));
    assert.deepEqual(
      [problem.status, problem.code, problem.detail],
      [400, 'build_failed', 'Build failed: no such package'],
    );
  });

  test('the log is streamed as events, with the image last', async () => {
    const build: Prebuilds['build'] = async (tag, spec, { onBegin }) => {
      const log = new BuildLog();
      onBegin?.(log);
      for (const line of ['one\n', 'two\n']) {
        log.write(Buffer.from(line));
        await tick();
      }
      log.end();
      return prebuild(tag, spec);
    };
    const { app } = harness({ prebuilds: fake({ build }).prebuilds });
    const init = post({ tag: 'x', setup_script: 'true' }, { accept: 'text/event-stream' });
    const response = await app.request('/prebuild', init);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const events = (await response.text()).trim().split('\n\n');
    assert.deepEqual(events.slice(0, 2), ['event: log\ndata: "one\\n"', 'event: log\ndata: "two\\n"']);
    assert.match(events[2] ?? '', /^event: ready\ndata: \{"tag":"prebuilt-x",.*"status":"ready"\}$/);
  });

  test('nothing to build: the image is the only event', async () => {
    const { app } = harness({ prebuilds: fake().prebuilds });
    const init = post({ tag: 'x', setup_script: 'true' }, { accept: 'text/event-stream' });
    assert.match(await (await app.request('/prebuild', init)).text(), /^event: ready\ndata: .*\n\n$/);
  });

  test('a failure during the build is streamed as a problem', async () => {
    const build: Prebuilds['build'] = async (_tag, _spec, { onBegin }) => {
      const log = new BuildLog();
      onBegin?.(log);
      await tick();
      log.end();
      throw new RunnerError('build_failed', 'Build failed: x');
    };
    const { app } = harness({ prebuilds: fake({ build }).prebuilds });
    const init = post({ tag: 'x', setup_script: 'true' }, { accept: 'text/event-stream' });
    const text = await (await app.request('/prebuild', init)).text();
    const problem = JSON.parse(/^event: error\ndata: (.*)\n\n$/.exec(text)?.[1] ?? '');
    assert.deepEqual([problem.status, problem.code], [400, 'build_failed']);
  });

  const REFUSALS: [code: ErrorCode, status: number][] = [
    ['over_capacity', 503],
    ['draining', 503],
    ['runtime_not_ready', 503],
    ['invalid_request', 422],
    ['engine_unavailable', 503],
  ];
  for (const [code, status] of REFUSALS) {
    test(`${code} before the build starts is an ordinary error, even if events were requested`, async () => {
      const build = async () => Promise.reject(new RunnerError(code, 'no'));
      const { app } = harness({ prebuilds: fake({ build }).prebuilds });
      const init = post({ tag: 'x', setup_script: 'true' }, { accept: 'text/event-stream' });
      const problem = await problemOf(await app.request('/prebuild', init));
      assert.deepEqual([problem.status, problem.code], [status, code]);
    });
  }

  test('a reader that begins when the build has ended gets every line, and the build does not wait for it', async () => {
    const log = new BuildLog();
    const building = new Deferred<Prebuild>();
    const build: Prebuilds['build'] = (_tag, _spec, { onBegin }) => {
      onBegin?.(log);
      return building.promise;
    };
    const { app } = harness({ prebuilds: fake({ build }).prebuilds });
    const init = post({ tag: 'x', setup_script: 'true' }, { accept: 'text/event-stream' });
    const response = await app.request('/prebuild', init);
    const lines = Array.from({ length: 100_000 }, (_, number) => `line ${number} ${'x'.repeat(50)}\n`);
    for (const line of lines) log.write(Buffer.from(line));
    log.end();
    building.resolve(MINE);
    await tick();
    const events = (await response.text()).trim().split('\n\n');
    assert.match(events.pop() ?? '', /^event: ready/);
    const texts = events.map((event) => JSON.parse(event.replace(/^event: log\ndata: /, '')) as string);
    assert.ok(texts.join('') === lines.join(''), 'every line, in order');
  });

  test('a client that disconnects cancels the build', async () => {
    let given: AbortSignal | undefined;
    const build: Prebuilds['build'] = (_tag, _spec, { onBegin, signal }) => {
      given = signal;
      const log = new BuildLog();
      log.write(Buffer.from('begun'));
      onBegin?.(log);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const { app } = harness({ prebuilds: fake({ build }).prebuilds });
    const init = post({ tag: 'x', setup_script: 'true' }, { accept: 'text/event-stream' });
    const reader = (await app.request('/prebuild', init)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    assert.equal(given?.aborted, true);
  });
});

describe('prebuilds', () => {
  test('are listed with their contents', async () => {
    const { app } = harness({ prebuilds: fake().prebuilds });
    assert.deepEqual(await (await app.request('/prebuilds')).json(), {
      prebuilds: [
        {
          tag: 'prebuilt-mine',
          base_image: 'code-runner-python',
          size_bytes: 2000,
          layer_size_bytes: 500,
          created: '2026-01-02T00:00:00.000Z',
          last_used: null,
          stale: false,
          packages: [],
          labels: { 'code-runner.prebuild': 'hash' },
        },
      ],
    });
  });

  test('are found and removed by tag, with or without the prefix; unknown tags are 404', async () => {
    const { app } = harness({ prebuilds: fake().prebuilds });
    for (const name of ['mine', 'prebuilt-mine']) assert.equal((await app.request(`/prebuilds/${name}`)).status, 200);
    const removed = await app.request('/prebuilds/mine', { method: 'DELETE' });
    assert.deepEqual(await removed.json(), { status: 'deleted', tag: 'prebuilt-mine' });
    for (const method of ['GET', 'DELETE']) {
      const problem = await problemOf(await app.request('/prebuilds/other', { method }));
      assert.deepEqual([problem.status, problem.detail], [404, "Prebuilt image 'other' not found."]);
    }
  });

  test('are cleaned up by age', async () => {
    const { prebuilds, asked } = fake();
    const { app } = harness({ prebuilds });
    const answer = await app.request('/prebuilds/cleanup?max_age_days=2', { method: 'POST' });
    assert.deepEqual(await answer.json(), { removed: ['prebuilt-old'], count: 1 });
    await app.request('/prebuilds/cleanup', { method: 'POST' });
    assert.deepEqual(asked, [2 * 86_400_000, 7 * 86_400_000]);
    for (const days of ['-1', 'x', '1e3', '']) {
      const problem = await problemOf(await app.request(`/prebuilds/cleanup?max_age_days=${days}`, { method: 'POST' }));
      assert.equal(problem.status, 422, days);
    }
  });

  test('require credentials', async () => {
    const credentials = { apiKeys: ['key'], token: undefined };
    const { app } = harness({ prebuilds: fake().prebuilds, credentials });
    assert.equal((await app.request('/prebuild', post({ tag: 'x', setup_script: 'true' }))).status, 401);
    for (const path of ['/prebuilds', '/prebuilds/mine']) assert.equal((await app.request(path)).status, 401);
  });

  test('cannot be cleaned up by a page of another origin, although that needs no body', async () => {
    const { prebuilds, asked } = fake();
    const { app } = harness({ prebuilds });
    const cleanUp = async (headers: Record<string, string>) => {
      const answer = await app.request('/prebuilds/cleanup', {
        method: 'POST',
        headers: { host: 'localhost', 'content-type': 'text/plain', ...headers },
        body: 'x',
      });
      return answer.status;
    };
    assert.equal(await cleanUp({ origin: 'https://evil.example' }), 403);
    assert.deepEqual(asked, []);
    assert.equal(await cleanUp({}), 200);
  });

  test('have no routes if they are off', async () => {
    const { app } = harness();
    assert.equal((await app.request('/prebuild', post({ tag: 'x', setup_script: 'true' }))).status, 404);
    assert.equal((await app.request('/prebuilds')).status, 404);
  });
});

describe('POST /run', () => {
  const on = { prebuilds: fake().prebuilds };

  test('prebuild_spec and packages reach the runner', async () => {
    const spec = { prebuild_spec: { base_image: 'node', setup_script: 'npm install ms' }, packages: ['left-pad'] };
    assert.deepEqual((await accepted({ code: '1', ...spec }, on)).extension, {
      base: 'node',
      setupScript: 'npm install ms',
      packages: ['left-pad'],
    });
    const bare = await accepted({ code: '1', image: 'node', packages: ['ms'] }, on);
    assert.deepEqual([bare.runtime, bare.extension], ['node', { base: undefined, setupScript: '', packages: ['ms'] }]);
    const seed = await accepted({ code: '1', prebuild_spec: { setup_script: 'true' } }, on);
    assert.equal(seed.extension?.base, 'python');
    assert.equal((await accepted({ code: '1', prebuild_spec: null, packages: [] }, on)).extension, undefined);
  });

  test('a spec without a script, or with unknown fields, is refused', async () => {
    for (const spec of [{}, { setup_script: '' }, { setup_script: 'true', tag: 'x' }, 'pip install x', []]) {
      assert.equal((await refused({ code: '1', prebuild_spec: spec }, on)).status, 422);
    }
  });
});
