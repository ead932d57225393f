import type { RequestPolicy } from '../../core/draft/draft.ts';
import type { Runner } from '../../runs/runner.ts';
import type { BodyBudget } from '../body-budget.ts';
import type { StreamSettings } from '../event-stream.ts';
import type { ResponseBudget } from '../response-budget.ts';

export interface RunRouteOptions {
  readonly runner: Pick<Runner, 'run'>;
  readonly policy: RequestPolicy;
  readonly bodyBudget: BodyBudget;
  readonly responseBudget: ResponseBudget;
  readonly streams: StreamSettings;
  /** Called with errors that are not in the log line of the run. */
  readonly onError: (error: unknown, requestId: string) => void;
}
