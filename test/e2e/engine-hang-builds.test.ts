import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { DEADLINES_MS, type Deadlines } from '../../src/engines/docker/api/deadlines.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { ImageBuilder } from '../../src/engines/docker/image-builder.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { reapInstance } from '../../src/engines/docker/reaper.ts';
import { ContainerSandboxFactory } from '../../src/engines/docker/sandbox-factory.ts';
import { sharedNames } from '../../src/engines/docker/shared-names.ts';
import { hashSpec, prebuildSpec } from '../../src/prebuilds/spec.ts';
import { loadRuntimes } from '../../src/runtimes/registry.ts';
import { eventually } from '../eventually.ts';
import { MEBIBYTE, NO_CELLS, POLICY } from '../fixtures.ts';
import { EngineProxy } from './engine-proxy.ts';
import { DOCKER_SOCKET } from './service.ts';

/** The deadlines of every call, shortened: the real ones add up to a quarter of an hour. */
const DEADLINE_MS = 3000;
const DEADLINES = {
  ...(Object.fromEntries(Object.keys(DEADLINES_MS).map((call) => [call, DEADLINE_MS])) as Record<
    keyof Deadlines,
    number
  >),
  ping: DEADLINES_MS.ping,
};
/** A build takes a second or two, and waits for one call that hangs, and for a removal that does. */
const BUILD_MS = 15_000;

const BASE = loadRuntimes('runtimes', ['python']).resolve('python');
const instanceId = randomUUID();
const names = sharedNames(`hang-builds-${process.pid}`);
const real = new Engine(DOCKER_SOCKET);

function builderOn(engine: Engine): ImageBuilder {
  const sandboxLimits = defaultLimits(POLICY);
  const limits = { timeoutMs: 60_000, memoryBytes: 256 * MEBIBYTE, cpus: 1, maxBytes: 64 * MEBIBYTE, reserveBytes: 0 };
  const shared = { engine, instanceId, names, ociRuntime: undefined };
  return new ImageBuilder({
    ...shared,
    factory: new ContainerSandboxFactory({
      cells: NO_CELLS,
      ...shared,
      onError: () => undefined,
    }),
    sandboxLimits,
    hasNetwork: true,
    setupNetwork: { proxies: {}, certificates: Buffer.alloc(0) },
    limits,
    onError: () => undefined,
  });
}

describe('a build on an engine that swallows one kind of call', () => {
  let proxy: EngineProxy;
  let builder: ImageBuilder;
  before(async () => {
    proxy = await EngineProxy.open();
    builder = builderOn(new Engine(proxy.path, DEADLINES));
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await reapInstance(real.containers, instanceId);
    await real.networks.remove(names.buildNetwork);
  });

  /** Builds an image, and removes it. */
  async function build(): Promise<void> {
    const spec = prebuildSpec(BASE.id, 'touch /made', []);
    const watch = { onBegin: () => undefined, onLog: () => undefined, signal: AbortSignal.timeout(2 * BUILD_MS) };
    const image = await builder.build({ base: BASE, spec, specHash: hashSpec(spec) }, watch);
    await real.images.removeUnused(image);
  }

  const KINDS = {
    'inspect image': /^GET \/images\//,
    'list networks': /^GET \/networks/,
    'create network': /^POST \/networks\/create/,
    'create container': /^POST \/containers\/create\?name=code-runner-build/,
    'attach container': /^POST \/containers\/[^/]+\/attach/,
    'start container': /^POST \/containers\/[^/]+\/start/,
    'read files': /^GET \/containers\/[^/]+\/archive/,
    'write files': /^PUT \/containers\/[^/]+\/archive/,
    'stat file': /^HEAD \/containers\/[^/]+\/archive/,
    'count processes': /^GET \/containers\/[^/]+\/stats/,
    'measure container': /^GET \/containers\/[^/]+\/json\?size/,
    'commit container': /^POST \/commit/,
  };
  for (const [call, pattern] of Object.entries(KINDS)) {
    test(`${call}: the build fails in time and names the call`, { timeout: 4 * BUILD_MS }, async () => {
      proxy.swallow(pattern);
      const beganAt = performance.now();
      await assert.rejects(build(), (error) => {
        assert.ok(error instanceof RunnerError, String(error));
        assert.deepEqual(
          [error.code, error.detail.endsWith(`no answer within 3 s (${call}).`)],
          ['engine_unavailable', true],
        );
        return true;
      });
      assert.ok(performance.now() - beganAt < BUILD_MS, `${performance.now() - beganAt} ms`);
      proxy.restore();
    });
  }

  test('remove container: the build succeeds, and its container is removed afterwards', async () => {
    proxy.swallow(/^DELETE \/containers\//);
    await build();
    assert.ok(proxy.swallowed > 0);
  });

  test('nothing of it is left, and the next build succeeds', async () => {
    proxy.restore();
    await build();
    await eventually(async () => {
      const left = await real.containers.list(`${LABELS.instance}=${instanceId}`);
      assert.deepEqual(
        left.map(({ state }) => state),
        [],
      );
    }, 20_000);
  });
});
