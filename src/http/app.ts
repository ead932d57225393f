import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { RunnerError, type Violation } from '../core/errors.ts';
import type { LimitPolicy } from '../core/limits.ts';
import type { Metrics } from '../observability/telemetry.ts';
import type { Runner } from '../runs/runner.ts';
import type { RuntimeRegistry } from '../runtimes/registry.ts';
import { authenticate, type Credentials, isAuthEnabled } from './auth.ts';
import { answerError, isUnexpected } from './errors.ts';
import { addHealthRoutes, type HealthSource } from './health/health-routes.ts';
import { addMetricsRoute } from './health/metrics-route.ts';
import { addPrebuildRoutes, type PrebuildRoutesOptions } from './prebuilds/prebuild-routes.ts';
import { type Env, requestId } from './request-context.ts';
import { addRunRoute } from './runs/run-route.ts';
import { addRuntimesRoutes } from './runtimes/runtimes-route.ts';

export interface AppOptions {
  readonly version: string;
  readonly credentials: Credentials;
  readonly policy: LimitPolicy;
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
      if (!result.success) throw invalidRequest(result.error.issues);
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
  addRunRoute(app, { ...options, hasPrebuilds: options.prebuilds !== undefined });
  if (options.prebuilds) {
    const { prebuilds, onError, policy } = options;
    addPrebuildRoutes(app, { prebuilds, onError, maxBodyBytes: policy.maxBodyBytes });
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

/** Enough to be of use; a request can be wrong in a million ways. */
const MAX_VIOLATIONS = 100;

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly issues?: readonly { readonly message: string }[];
}

function invalidRequest(issues: readonly Issue[]): RunnerError {
  const violations = issues.slice(0, MAX_VIOLATIONS).flatMap(toViolations).slice(0, MAX_VIOLATIONS);
  const [first] = violations;
  const detail = first ? `${first.pointer || 'The body'}: ${first.message}` : 'The request is not valid.';
  return new RunnerError('invalid_request', detail, { violations });
}

function toViolations({ code, path, message, keys, issues }: Issue): Violation[] {
  if (code === 'unrecognized_keys' && keys) {
    return keys.map((key) => ({ pointer: jsonPointer([...path, key]), message: 'unknown field' }));
  }
  if (code === 'invalid_key' && issues)
    return issues.map((issue) => ({ pointer: jsonPointer(path), message: issue.message }));
  return [{ pointer: jsonPointer(path), message }];
}

/** RFC 6901. */
function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
