import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { DEADLINES_MS, type Deadlines } from '../../src/engines/docker/api/deadlines.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { ImageBuilder } from '../../src/engines/docker/image-builder.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { reapInstance } from '../../src/engines/docker/reaper.ts';
import { ContainerSandboxFactory } from '../../src/engines/docker/sandbox-factory.ts';
import { type SharedNames, sharedNames } from '../../src/engines/docker/shared-names.ts';
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
/** Builds that hang at the same time. */
const AT_ONCE = 4;

const BASE = loadRuntimes('runtimes', ['python']).resolve('python');
const real = new Engine(DOCKER_SOCKET);

function builderOn(engine: Engine, names: SharedNames, instanceId: string): ImageBuilder {
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

/** A way to the engine of its own, and a builder that takes it, in a namespace of its own. */
class HangingBuild {
  readonly proxy: EngineProxy;
  readonly names: SharedNames;
  readonly #instanceId = randomUUID();
  readonly #builder: ImageBuilder;

  private constructor(proxy: EngineProxy, name: string) {
    this.proxy = proxy;
    this.names = sharedNames(`hang-builds-${process.pid}-${name.replaceAll(' ', '-')}`);
    this.#builder = builderOn(new Engine(proxy.path, DEADLINES), this.names, this.#instanceId);
  }

  static async open(name: string): Promise<HangingBuild> {
    return new HangingBuild(await EngineProxy.open(), name);
  }

  /** Builds an image, and removes it. */
  async build(): Promise<void> {
    const spec = prebuildSpec(BASE.id, `touch /made-for-${this.names.namespace}`, []);
    const watch = { onBegin: () => undefined, onLog: () => undefined, signal: AbortSignal.timeout(2 * BUILD_MS) };
    const image = await this.#builder.build({ base: BASE, spec, specHash: hashSpec(spec) }, watch);
    await real.images.removeUnused(image);
  }

  async assertNothingLeft(): Promise<void> {
    await eventually(async () => {
      const left = await real.containers.list(`${LABELS.instance}=${this.#instanceId}`);
      assert.deepEqual(
        left.map(({ state }) => state),
        [],
      );
    }, 20_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await reapInstance(real.containers, this.#instanceId);
    await this.proxy[Symbol.asyncDispose]();
    await real.networks.remove(this.names.buildNetwork);
  }
}

describe('a build on an engine that swallows one kind of call', { concurrency: AT_ONCE }, () => {
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
    test(`${call}: the build fails in time and names the call, and the next one succeeds`, {
      timeout: 4 * BUILD_MS,
    }, async () => {
      await using hanging = await HangingBuild.open(call);
      hanging.proxy.swallow(pattern);
      const beganAt = performance.now();
      await assert.rejects(hanging.build(), (error) => {
        assert.ok(error instanceof RunnerError, String(error));
        assert.deepEqual(
          [error.code, error.detail.endsWith(`no answer within 3 s (${call}).`)],
          ['engine_unavailable', true],
        );
        return true;
      });
      assert.ok(performance.now() - beganAt < BUILD_MS, `${performance.now() - beganAt} ms`);
      hanging.proxy.restore();
      await hanging.build();
      await hanging.assertNothingLeft();
    });
  }

  test('remove container: the build succeeds, and its container is removed afterwards', async () => {
    await using hanging = await HangingBuild.open('remove');
    hanging.proxy.swallow(/^DELETE \/containers\//);
    await hanging.build();
    assert.ok(hanging.proxy.swallowed > 0);
    hanging.proxy.restore();
    await hanging.assertNothingLeft();
  });
});
