import type { Logger } from 'pino';
import type { BuildObserver } from '../prebuilds/builds.ts';
import { failureFields, isOurFault } from './failure.ts';
import type { Metrics } from './metrics.ts';
import { round } from './round.ts';

/** Writes builds of prebuilds to the log and the metrics. */
export function createBuildObserver(logger: Logger, metrics: Metrics): BuildObserver {
  return {
    buildEnded(outcome) {
      metrics.buildEnded(outcome);
      const { base, specHash, totalMs, error } = outcome;
      const facts = { base, spec: specHash, total_ms: round(totalMs) };
      if (error === undefined) logger.info(facts, 'prebuild built');
      else logger[isOurFault(error) ? 'error' : 'info']({ ...facts, ...failureFields(error) }, 'prebuild failed');
    },
  };
}
