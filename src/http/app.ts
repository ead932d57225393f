import { OpenAPIHono } from '@hono/zod-openapi';
import type { RequestPolicy } from '../core/draft/draft.ts';
import type { Isolation } from '../core/isolation.ts';
import type { LimitPolicy } from '../core/limits.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Diagnoser, DiagnosisObserver } from '../runs/diagnoser.ts';
import type { RunObserver } from '../runs/recorder.ts';
import type { Runner } from '../runs/runner.ts';
import type { RuntimeRegistry } from '../runtimes/registry.ts';
import { authenticate, type Credentials, identify, isAuthEnabled } from './auth.ts';
import { BodyBudget } from './body-budget.ts';
import { refuseForeignPages } from './browser-guard.ts';
import { addDiagnoseRoute } from './diagnoses/diagnose-route.ts';
import { recordDiagnosis } from './diagnoses/record-diagnosis.ts';
import { addErrorHandlers } from './errors.ts';
import type { StreamObserver } from './event-stream.ts';
import { addHealthRoutes, type HealthSource } from './health/health-routes.ts';
import { addMetricsRoute } from './health/metrics-route.ts';
import { refuseInvalid } from './invalid-body.ts';
import { closeWhileDraining, countResponses } from './middleware.ts';
import { addOpenApi } from './openapi.ts';
import { addPrebuildRoutes, type PrebuildRoutesOptions } from './prebuilds/prebuild-routes.ts';
import { type Env, requestId } from './request-context.ts';
import { ResponseBudget } from './response-budget.ts';
import { recordRun } from './runs/record-run.ts';
import { addRunRoute } from './runs/run-route.ts';
import { addRuntimesRoutes } from './runtimes/runtimes-route.ts';
import { identifyTenant, refuseInvalidTenant } from './tenant.ts';
import { discardUnreadBody } from './unread-body.ts';

export interface AppOptions {
  readonly version: string;
  readonly credentials: Credentials;
  /** Whether requests without credentials may name their tenant. */
  readonly trustTenantHeader: boolean;
  /** Host names that requests may use when no credentials are configured. */
  readonly allowedHosts: readonly string[];
  readonly policy: LimitPolicy;
  readonly isolation: Isolation;
  /** Budget for the bodies of all requests in progress together. Their responses have a second budget of the same size. */
  readonly maxBytesInFlight: number;
  /** A client that reads nothing of its response for this long has left, in milliseconds. */
  readonly streamStallMs: number;
  readonly runner: Pick<Runner, 'run'>;
  /** Called with the end of every run, including runs that never reached the runner. */
  readonly runObserver: RunObserver;
  readonly diagnoser: Pick<Diagnoser, 'diagnose'>;
  readonly diagnosisObserver: DiagnosisObserver;
  readonly runtimes: Pick<RuntimeRegistry, 'all' | 'default'>;
  /** Left out if prebuilds are disabled; then there are no routes for them. */
  readonly prebuilds?: PrebuildRoutesOptions['prebuilds'] | undefined;
  readonly health: HealthSource;
  readonly metrics: Pick<Metrics, 'render' | 'contentType' | 'responseSent'> & StreamObserver;
  readonly isDraining: () => boolean;
  /** Called with errors that are not in the log line of a run. */
  readonly onError: (error: unknown, requestId: string) => void;
}

/** The HTTP API: the middleware that every request passes, and the routes. */
export function createApp(options: AppOptions): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({ defaultHook: refuseInvalid });
  addErrorHandlers(app, options.onError);
  app.use(
    discardUnreadBody,
    requestId,
    countResponses(options.metrics),
    closeWhileDraining(options.isDraining),
    identify(options.credentials),
  );
  app.post('/run', identifyTenant(options.trustTenantHeader), recordRun(options.runObserver));
  app.post('/diagnose', identifyTenant(options.trustTenantHeader), recordDiagnosis(options.diagnosisObserver));
  app.use(isAuthEnabled(options.credentials) ? authenticate : refuseForeignPages(options.allowedHosts));
  for (const path of ['/run', '/diagnose']) app.post(path, refuseInvalidTenant(options.trustTenantHeader));
  addRoutes(app, options);
  return app;
}

function addRoutes(app: OpenAPIHono<Env>, options: AppOptions): void {
  const { runner, diagnoser, prebuilds, health, metrics, maxBytesInFlight, streamStallMs, onError } = options;
  const policy = toRequestPolicy(options);
  const bodyBudget = new BodyBudget(maxBytesInFlight);
  const responseBudget = new ResponseBudget(maxBytesInFlight);
  const streams = { stallMs: streamStallMs, observer: metrics };
  addHealthRoutes(app, health, isAuthEnabled(options.credentials));
  addRuntimesRoutes(app, options);
  addRunRoute(app, { runner, policy, bodyBudget, responseBudget, streams, onError });
  addDiagnoseRoute(app, { diagnoser, policy, bodyBudget });
  if (prebuilds) addPrebuildRoutes(app, { prebuilds, policy, bodyBudget, streams, onError });
  addMetricsRoute(app, metrics);
  addOpenApi(app, options.version);
}

function toRequestPolicy({ policy, isolation, runtimes, prebuilds }: AppOptions): RequestPolicy {
  const defaultRuntime = runtimes.default.id;
  return { limits: policy, defaultRuntime, hasPrebuilds: prebuilds !== undefined, isolation };
}
