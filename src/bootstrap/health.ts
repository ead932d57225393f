import { Compiler } from '../compile-cache/compiler.ts';
import { defaultLimits } from '../core/limits.ts';
import { Readiness } from '../health/readiness.ts';
import { RunRecorder } from '../runs/recorder.ts';
import { Runner } from '../runs/runner.ts';
import type { RuntimeRegistry } from '../runtimes/registry.ts';
import { Admission } from '../sandbox/admission.ts';
import type { Pool } from '../sandbox/pool.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './parts.ts';
import { readyRuntimes } from './ready-runtimes.ts';
import type { createSandboxes } from './sandboxes.ts';

type Sandboxes = ReturnType<typeof createSandboxes>;

/** Canary runs use no slot of the callers. */
const ONE_AT_A_TIME = {
  maxConcurrentRuns: 1,
  maxConcurrentRunsPerTenant: 1,
  maxQueue: 0,
  maxQueuePerTenant: 0,
  queueTimeoutMs: 1000,
};

/** Checks the engine and its images, and tests every runtime with a canary run. */
export function createHealth(
  { config, engine, imageIds, imageScans, logger, runtimes }: Foundation,
  { factory, pool }: Omit<Sandboxes, 'part'>,
) {
  const canaryRunner = createCanaryRunner(runtimes, pool);
  const readiness = new Readiness({
    engine: {
      ping: () => engine.ping(),
      imageIds: async () => (await imageScans.fresh()).imageIds,
      dryRunCreate: (image) =>
        factory.dryRunCreate({ image, limits: defaultLimits(config.limits), isolation: config.isolation }),
    },
    onImageChange: (image) => pool.invalidate(image),
    runtimes,
    required: readyRuntimes(config, runtimes),
    canaries: {
      limits: config.limits,
      isolation: config.isolation,
      run: (request, signal) => canaryRunner.run(request, { recorder: canaryRecorder(), signal }),
    },
    cellProblemOf: (image) => factory.cells.problemOf(imageIds.find(image) ?? image),
    longestStartMs: () => pool.longestStartMs,
    onChange: (reasons) =>
      logger[reasons.length === 0 ? 'info' : 'warn']({ reasons }, reasons.length === 0 ? 'ready' : 'not ready'),
  });
  imageIds.add((image) => readiness.imageId(image));
  const part: Part = {
    name: 'health',
    start: () => {
      void readiness.watch();
    },
    stop: () => readiness.stop(),
  };
  return { readiness, part };
}

function createCanaryRunner(runtimes: RuntimeRegistry, pool: Pool): Runner {
  return new Runner({
    runtimes,
    admission: new Admission(ONE_AT_A_TIME),
    // What a canary has used is not kept, because nobody else may have it.
    pool: { lease: (spec, call) => pool.lease(spec, { ...call, isLast: true }) },
    // Without a cache, so that a canary also tests the compiler.
    compiler: new Compiler(undefined),
  });
}

/** Canary runs are not logged; their result shows in the readiness. */
function canaryRecorder(): RunRecorder {
  const context = { runId: 'canary', requestId: 'canary', traceparent: undefined, tenant: 'canary' };
  return new RunRecorder(context, { runEnded: () => undefined });
}
