import { Compiler } from '../compile-cache/compiler.ts';
import { defaultLimits } from '../core/limits.ts';
import { Readiness } from '../health/readiness.ts';
import { RunRecorder } from '../runs/recorder.ts';
import { Runner } from '../runs/runner.ts';
import { Admission } from '../sandbox/admission.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './parts.ts';
import { readyRuntimes } from './ready-runtimes.ts';
import type { createSandboxes } from './sandboxes.ts';

type Sandboxes = ReturnType<typeof createSandboxes>;

/** Looks at the engine and its images, and proves every runtime with a run of its own. */
export function createHealth(
  { config, engine, imageIds, logger, runtimes }: Foundation,
  { factory, pool }: Omit<Sandboxes, 'part'>,
) {
  const canaryRunner = new Runner({
    runtimes,
    admission: new Admission({ maxConcurrentRuns: 1, maxQueue: 0, queueTimeoutMs: 1000 }),
    pool,
    // A canary proves the compiler, too.
    compiler: new Compiler(undefined),
  });
  const readiness = new Readiness({
    engine: {
      ping: () => engine.ping(),
      imageIds: (images) => engine.images.findIds(images),
      dryRunCreate: (image) => factory.dryRunCreate({ image, limits: defaultLimits(config.limits) }),
    },
    onImageChange: (image) => pool.invalidate(image),
    runtimes,
    required: readyRuntimes(config, runtimes),
    canaries: {
      limits: config.limits,
      run: (request, signal) => canaryRunner.run(request, { recorder: canaryRecorder(), signal }),
    },
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

/** Canaries are told by the readiness that they lead to. */
function canaryRecorder(): RunRecorder {
  const context = { runId: 'canary', requestId: 'canary', traceparent: undefined, tenant: 'canary' };
  return new RunRecorder(context, { runEnded: () => undefined });
}
