import { readFileSync } from 'node:fs';
import type { Readiness } from '../health/readiness.ts';
import { createApp } from '../http/app.ts';
import { isAuthEnabled } from '../http/auth.ts';
import { createDiagnosisObserver } from '../observability/diagnosis-observer.ts';
import { createRunObserver } from '../observability/run-observer.ts';
import type { Prebuilds } from '../prebuilds/prebuilds.ts';
import type { Diagnoser } from '../runs/diagnoser.ts';
import type { Runner } from '../runs/runner.ts';
import type { Admission } from '../sandbox/admission.ts';
import type { Foundation } from './foundation.ts';
import { HttpServer } from './http-server.ts';
import type { Part } from './parts.ts';

interface EdgeDependencies {
  readonly runner: Runner;
  readonly diagnoser: Diagnoser;
  readonly admission: Admission;
  readonly readiness: Readiness;
  readonly prebuilds: Prebuilds | undefined;
}

/** The HTTP server. It stops when every run in progress has been answered. */
export function createEdge(foundation: Foundation, dependencies: EdgeDependencies): Part {
  const { config, logger, runtimes, instanceId } = foundation;
  const app = createEdgeApp(foundation, dependencies);
  let server: HttpServer | undefined;
  return {
    name: 'http',
    start: async () => {
      const { host, port, maxConnections } = config;
      server = await HttpServer.start({ fetch: app.fetch, host, port, maxConnections });
      if (!isAuthEnabled(config.auth))
        logger.warn('neither AUTH_TOKEN nor CODE_RUNNER_API_KEYS is set: anyone who can connect can run programs');
      const { address, port: boundPort } = server.address;
      const ids = runtimes.all.map(({ id }) => id);
      logger.info({ address, port: boundPort, runtimes: ids, instance: instanceId }, 'listening');
    },
    stop: async () => {
      await dependencies.admission.drain();
      await server?.close();
    },
  };
}

function createEdgeApp({ config, logger, metrics, runtimes }: Foundation, dependencies: EdgeDependencies) {
  const { admission, readiness, runner, diagnoser, prebuilds } = dependencies;
  return createApp({
    version: packageVersion(),
    credentials: config.auth,
    trustTenantHeader: config.trustTenantHeader,
    allowedHosts: config.allowedHosts,
    policy: config.limits,
    isolation: config.isolation,
    maxBytesInFlight: config.maxBytesInFlight,
    streamStallMs: config.streamStallMs,
    runner,
    runObserver: createRunObserver(logger, metrics),
    diagnoser,
    diagnosisObserver: createDiagnosisObserver(logger, metrics),
    runtimes,
    prebuilds,
    health: {
      health: () => readiness.health(),
      problems: async () => [...admissionProblems(admission), ...(await readiness.problems())],
    },
    metrics,
    isDraining: () => admission.isDraining,
    onError: (error, requestId) => logger.error({ request_id: requestId, err: error }, 'unexpected error'),
  });
}

function admissionProblems(admission: Admission): string[] {
  return [...(admission.isDraining ? ['draining'] : []), ...(admission.isQueueFull ? ['the queue is full'] : [])];
}

function packageVersion(): string {
  const candidates = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url));
  for (const url of candidates) {
    try {
      return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
    } catch {
      // Compiled files are one folder deeper than the sources.
    }
  }
  return 'unknown';
}
