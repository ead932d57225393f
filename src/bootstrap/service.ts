import type { Config } from '../config/config.ts';
import { Admission } from '../sandbox/admission.ts';
import { createCompiling } from './compiling.ts';
import { createEdge } from './edge.ts';
import { createFoundation } from './foundation.ts';
import { createHealth } from './health.ts';
import { createHousekeeping } from './housekeeping.ts';
import { type Part, Parts } from './parts.ts';
import { createPrebuilds } from './prebuilds.ts';
import { createSandboxes } from './sandboxes.ts';
import { createUseCases } from './use-cases.ts';

/** The whole service: its parts in the order in which they start. Throws if the configuration cannot be used. */
export function createService(config: Config): Parts {
  const foundation = createFoundation(config);
  const { logger, metrics } = foundation;
  const compiling = createCompiling(foundation);
  const sandboxes = createSandboxes(foundation);
  const health = createHealth(foundation, sandboxes);
  const prebuilds = createPrebuilds(foundation, sandboxes);
  const admission = new Admission({ ...config.admission, observer: { shed: (reason) => metrics.runShed(reason) } });
  const { runner, diagnoser } = createUseCases(foundation, { admission, compiling, sandboxes, health, prebuilds });
  metrics.watch({
    running: () => admission.running,
    queued: () => admission.queued,
    slots: () => config.admission.maxConcurrentRuns,
    pool: () => sandboxes.pool.stats(),
    compileCacheBytes: () => compiling.store.bytes,
    ...(prebuilds ? { prebuilds: prebuilds.figures } : {}),
  });
  const { readiness } = health;
  const edge = createEdge(foundation, { runner, diagnoser, admission, readiness, prebuilds: prebuilds?.prebuilds });
  /** Stops first and refuses new runs from then on. The parts that runs need wait for the runs in progress before they stop. */
  const intake: Part = {
    name: 'intake',
    stop: () => {
      logger.info({ running: admission.running, queued: admission.queued }, 'draining');
      void admission.drain();
    },
  };
  const builds = prebuilds ? [prebuilds.part] : [];
  const parts = [createHousekeeping(foundation), compiling.part, sandboxes.part, health.part, edge, ...builds, intake];
  return new Parts(parts, (part, error) => logger.error({ part, err: error }, 'a part did not stop cleanly'));
}
