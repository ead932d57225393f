import type { Logger } from 'pino';
import type { DiagnosisObserver } from '../runs/diagnoser.ts';
import { failureFields, isOurFault } from './failure.ts';
import type { Metrics } from './metrics.ts';
import { round } from './round.ts';

/** Writes one log line for each diagnosis and counts it. Code and messages are never logged. */
export function createDiagnosisObserver(logger: Logger, metrics: Pick<Metrics, 'diagnosed'>): DiagnosisObserver {
  return {
    diagnosed(outcome) {
      metrics.diagnosed(outcome);
      const { requestId, tenant, runtime, problems, error, totalMs } = outcome;
      const line = { request_id: requestId, tenant, runtime, total_ms: round(totalMs) };
      if (error === undefined) logger.info({ ...line, problems }, 'diagnosis');
      else logger[isOurFault(error) ? 'error' : 'info']({ ...line, ...failureFields(error) }, 'diagnosis failed');
    },
  };
}
