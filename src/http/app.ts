import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { RequestPolicy } from '../core/draft/draft.ts';
import { RunnerError } from '../core/errors.ts';
import type { LimitPolicy } from '../core/limits.ts';
import type { Metrics } from '../observability/telemetry.ts';
import type { Runner } from '../runs/runner.ts';
import type { RuntimeRegistry } from '../runtimes/registry.ts';
import { AnswerRoom } from './answer-room.ts';
import { authenticate, type Credentials, isAuthEnabled } from './auth.ts';
import { ByteBudget } from './byte-budget.ts';
import { answerError, isUnexpected } from './errors.ts';
import { addHealthRoutes, type HealthSource } from './health/health-routes.ts';
import { addMetricsRoute } from './health/metrics-route.ts';
import { InvalidBody } from './invalid-body.ts';
import { addPrebuildRoutes, type PrebuildRoutesOptions } from './prebuilds/prebuild-routes.ts';
import { type Env, requestId } from './request-context.ts';
import { addRunRoute } from './runs/run-route.ts';
import { addRuntimesRoutes } from './runtimes/runtimes-route.ts';

export interface AppOptions {
  readonly version: string;
  readonly credentials: Credentials;
  readonly policy: LimitPolicy;
  /** What the bodies of all requests under way may hold together, and again what their answers may. */
  readonly maxBytesInFlight: number;
  readonly runner: Pick<Runner, 'run'>;
  readonly runtimes: Pick<RuntimeRegistry, 'all' | 'default'>;
  /** Left out: there are none, nor routes for them. */
  readonly prebuilds?: PrebuildRoutesOptions['prebuilds'] | undefined;
  readonly health: HealthSource;
  readonly metrics: Pick<Metrics, 'render' | 'contentType' | 'requestAnswered'>;
  readonly isDraining: () => boolean;
  /** Hears of errors that no run's log line tells. */
  readonly onError: (error: unknown, requestId: string) => void;
}

/** The HTTP edge: routes, validation, authentication, errors. */
export function createApp(options: AppOptions): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw new InvalidBody(result.error.issues);
    },
  });
  app.onError((error, c) => {
    if (isUnexpected(error)) options.onError(error, c.get('requestId'));
    return answerError(error, c);
  });
  app.notFound((c) => answerError(new RunnerError('not_found', 'There is no such route.'), c));
  app.use(
    requestId,
    countAnswers(options.metrics),
    closeWhileDraining(options.isDraining),
    authenticate(options.credentials),
  );

  addHealthRoutes(app, options.health, isAuthEnabled(options.credentials));
  addRuntimesRoutes(app, options);
  const policy: RequestPolicy = {
    limits: options.policy,
    defaultRuntime: options.runtimes.default.id,
    hasPrebuilds: options.prebuilds !== undefined,
  };
  const bodyBudget = new ByteBudget(options.maxBytesInFlight);
  const answerRoom = new AnswerRoom(options.maxBytesInFlight);
  addRunRoute(app, { runner: options.runner, policy, bodyBudget, answerRoom });
  if (options.prebuilds) {
    const { prebuilds, onError } = options;
    addPrebuildRoutes(app, { prebuilds, onError, policy, bodyBudget });
  }
  addMetricsRoute(app, options.metrics);
  addOpenApi(app, options.version);
  return app;
}

function countAnswers(metrics: AppOptions['metrics']): MiddlewareHandler {
  return async (c, next) => {
    await next();
    metrics.requestAnswered(routePath(c, -1), c.res.status);
  };
}

/** So that clients with kept-alive connections move on to another instance. */
function closeWhileDraining(isDraining: () => boolean): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (isDraining()) c.header('connection', 'close');
  };
}

function addOpenApi(app: OpenAPIHono<Env>, version: string): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'code-runner', version, description: 'Runs untrusted code in single-use sandboxes.' },
    security: [{ apiKey: [] }, { bearer: [] }],
  });
}
