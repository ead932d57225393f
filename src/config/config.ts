import { existsSync } from 'node:fs';
import type { Isolation } from '../core/isolation.ts';
import type { LimitPolicy } from '../core/limits.ts';
import { toLimitPolicy } from './limits.ts';
import { type PrebuildConfig, toPrebuildConfig } from './prebuilds.ts';
import type { LogLevel } from './table.ts';
import { readValues, type Values } from './values.ts';

export type { LogLevel, PrebuildConfig };

/** Everything that an operator can set, read once at startup. Times in milliseconds, sizes in bytes. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** Host names that requests may use when no credentials are configured; `*` allows all. */
  readonly allowedHosts: readonly string[];
  readonly logLevel: LogLevel;
  readonly dockerSocket: string;
  /** Services with the same namespace share prebuilds and networks on their engine. */
  readonly engineNamespace: string;
  /** Folder of the runtimes, and the ids of those to serve (`undefined`: all). */
  readonly runtimeDir: string;
  readonly runtimes: readonly string[] | undefined;
  /** Ids of the runtimes that must be ready for the service to be ready (`undefined`: all that are served). */
  readonly readyRuntimes: readonly string[] | undefined;
  readonly auth: { readonly apiKeys: readonly string[]; readonly token: string | undefined };
  /** Whether requests without credentials may name their tenant. */
  readonly trustTenantHeader: boolean;
  readonly limits: LimitPolicy;
  /** Budget for the bodies of all requests in progress together. Their responses have a second budget of the same size. */
  readonly maxBytesInFlight: number;
  /** A client that reads nothing of its response for this long has left. */
  readonly streamStallMs: number;
  readonly admission: {
    readonly maxConcurrentRuns: number;
    readonly maxConcurrentRunsPerTenant: number;
    readonly maxQueue: number;
    readonly maxQueuePerTenant: number;
    readonly queueTimeoutMs: number;
  };
  /** How long a run waits for a sandbox to start, and the engine may take over each call that starts one. */
  readonly sandboxStartTimeoutMs: number;
  readonly warmPool: {
    /** Sandboxes to keep ready, by runtime; `undefined` lets the service choose. */
    readonly counts: ReadonlyMap<string, number> | undefined;
    readonly maxCount: number;
    readonly maxMemoryBytes: number;
  };
  /** Isolation of runs that do not ask for any. */
  readonly isolation: Isolation;
  readonly cells: {
    /** Runs that one container serves. */
    readonly maxCells: number;
    /** No run begins in a container that is older. */
    readonly maxAgeMs: number;
  };
  /** When interpreters are started. */
  readonly start: 'ahead' | 'plain' | 'fork';
  readonly compileCache: {
    /** 0 disables the cache. */
    readonly maxBytes: number;
    readonly directory: string;
  };
  /** `undefined`: prebuilds are disabled. */
  readonly prebuilds: PrebuildConfig | undefined;
  /** The OCI runtime of sandboxes (`runc`, `runsc`, …); `undefined` uses the engine's default. */
  readonly ociRuntime: string | undefined;
}

/** Reads the environment, and a `.env` file for variables that it does not set. Throws one error that lists every invalid value. */
export function loadConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return parseConfig(process.env);
}

/** Parses the configuration from these variables. Throws one error that lists every invalid value. */
export function parseConfig(environment: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const onProblem = (problem: string) => problems.push(problem);
  const values = readValues(environment, onProblem);
  const limits = toLimitPolicy(values, onProblem);
  problems.push(...contradictions(values));
  if (problems.length > 0) throw new Error(`Bad configuration:\n  ${problems.join('\n  ')}`);
  return Object.freeze(toConfig(values, { limits, prebuilds: toPrebuildConfig(values, environment) }));
}

function contradictions(values: Values): string[] {
  const isNetworkRefused = values.DEFAULT_ALLOW_NETWORK && values.NETWORK_POLICY === 'never';
  return [
    ...(isNetworkRefused ? ['DEFAULT_ALLOW_NETWORK is true but NETWORK_POLICY is never'] : []),
    // With less, the largest allowed body could never be read: a body counts twice its size.
    ...(values.MAX_BYTES_IN_FLIGHT < 2 * values.MAX_BODY_BYTES
      ? ['MAX_BYTES_IN_FLIGHT must be at least twice MAX_BODY_BYTES']
      : []),
  ];
}

function toConfig(values: Values, parts: Pick<Config, 'limits' | 'prebuilds'>): Config {
  return {
    host: values.HOST,
    port: values.PORT,
    maxConnections: values.MAX_CONNECTIONS,
    allowedHosts: values.ALLOWED_HOSTS ?? [],
    logLevel: values.LOG_LEVEL,
    dockerSocket: values.DOCKER_SOCKET,
    engineNamespace: values.ENGINE_NAMESPACE,
    runtimeDir: values.RUNTIME_DIR,
    runtimes: values.RUNTIMES,
    readyRuntimes: values.READY_RUNTIMES,
    auth: { apiKeys: values.CODE_RUNNER_API_KEYS ?? [], token: values.AUTH_TOKEN },
    trustTenantHeader: values.TRUST_TENANT_HEADER,
    maxBytesInFlight: values.MAX_BYTES_IN_FLIGHT,
    streamStallMs: values.STREAM_STALL,
    admission: {
      maxConcurrentRuns: values.MAX_CONCURRENT_RUNS,
      maxConcurrentRunsPerTenant: values.MAX_CONCURRENT_RUNS_PER_TENANT ?? values.MAX_CONCURRENT_RUNS,
      maxQueue: values.MAX_QUEUE,
      maxQueuePerTenant: values.MAX_QUEUE_PER_TENANT ?? values.MAX_QUEUE,
      queueTimeoutMs: values.QUEUE_TIMEOUT,
    },
    sandboxStartTimeoutMs: values.SANDBOX_START_TIMEOUT,
    warmPool: {
      counts: values.WARM_POOL,
      maxCount: values.WARM_POOL_MAX,
      maxMemoryBytes: values.WARM_POOL_MEMORY_MB,
    },
    isolation: values.ISOLATION === 'cells' ? 'cell' : 'container',
    cells: { maxCells: values.CELLS_PER_CONTAINER, maxAgeMs: values.CONTAINER_MAX_AGE },
    start: values.START,
    compileCache: { maxBytes: values.COMPILE_CACHE_MB, directory: values.COMPILE_CACHE_DIR },
    ociRuntime: values.SANDBOX_RUNTIME,
    ...parts,
  };
}
