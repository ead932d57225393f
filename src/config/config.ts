import { existsSync } from 'node:fs';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CPU_SHARES_RANGE, FLOORS, type LimitPolicy } from '../core/limits.ts';
import { parseSize } from '../core/size.ts';

/** Everything an operator can set, read once at start. Times in milliseconds, sizes in bytes. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly logLevel: LogLevel;
  readonly dockerSocket: string;
  /** Services with the same one share prebuilds and networks on their engine. */
  readonly engineNamespace: string;
  /** Folder of the runtimes, and which of them to serve (`undefined`: all). */
  readonly runtimeDir: string;
  readonly runtimes: readonly string[] | undefined;
  readonly auth: { readonly apiKeys: readonly string[]; readonly token: string | undefined };
  readonly limits: LimitPolicy;
  /** What the bodies of all requests under way may hold together, and again what their answers may. */
  readonly maxBytesInFlight: number;
  readonly admission: {
    readonly maxConcurrentRuns: number;
    readonly maxQueue: number;
    readonly queueTimeoutMs: number;
  };
  readonly warmPool: {
    /** Sandboxes to keep ready by runtime; `undefined` leaves the choice to the service. */
    readonly counts: ReadonlyMap<string, number> | undefined;
    readonly maxCount: number;
    readonly maxMemoryBytes: number;
  };
  readonly compileCache: {
    /** 0 turns it off. */
    readonly maxBytes: number;
    readonly directory: string;
  };
  /** `undefined`: there are none. */
  readonly prebuilds: PrebuildConfig | undefined;
  /** The OCI runtime of sandboxes (`runc`, `runsc`, …); `undefined` leaves the engine's default. */
  readonly ociRuntime: string | undefined;
}

/** How prebuilds are made and kept. */
export interface PrebuildConfig {
  readonly hasNetwork: boolean;
  readonly limits: {
    readonly timeoutMs: number;
    readonly memoryBytes: number;
    readonly cpus: number;
    /** What an image may add to its base. */
    readonly maxBytes: number;
    /** What must stay free on the engine's disk. */
    readonly reserveBytes: number;
  };
  readonly maxConcurrentBuilds: number;
  readonly inlineDependencies: boolean;
  readonly cleanUpEveryMs: number;
  readonly maxAgeMs: number;
  /** Variables for builds that need a proxy. */
  readonly proxies: Readonly<Record<string, string>>;
  /** File of certificates for builds behind a proxy that re-signs TLS. */
  readonly certificates: string | undefined;
}

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const MEBIBYTE = 1024 ** 2;
/** Timers take no more: a longer one would fire at once. */
const MAX_SECONDS = 2_000_000;

/** Reads the environment, and a `.env` file beneath it. Throws one error that names every bad value. */
export function loadConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return parseConfig(process.env);
}

/** The configuration that these variables describe. Throws one error that names every bad value. */
export function parseConfig(environment: NodeJS.ProcessEnv): Config {
  const read = new Variables(environment);
  const config: Config = {
    host: read.text('HOST') ?? '0.0.0.0',
    port: read.integer('PORT', 8000, { min: 0, max: 65_535 }),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    dockerSocket: read.text('DOCKER_SOCKET') ?? '/var/run/docker.sock',
    engineNamespace: read.imageName('ENGINE_NAMESPACE', 'code-runner'),
    runtimeDir: read.text('RUNTIME_DIR') ?? bundledRuntimes(),
    runtimes: read.list('RUNTIMES'),
    auth: { apiKeys: read.list('CODE_RUNNER_API_KEYS') ?? [], token: read.text('AUTH_TOKEN') },
    limits: readLimits(read),
    maxBytesInFlight: readBytesInFlight(read),
    admission: {
      maxConcurrentRuns: read.integer('MAX_CONCURRENT_RUNS', 2 * availableParallelism(), { min: 1 }),
      maxQueue: read.integer('MAX_QUEUE', 100, { min: 0 }),
      queueTimeoutMs: read.milliseconds('QUEUE_TIMEOUT', 30),
    },
    warmPool: {
      counts: read.counts('WARM_POOL'),
      maxCount: read.integer('WARM_POOL_MAX', 32, { min: 0 }),
      maxMemoryBytes: read.integer('WARM_POOL_MEMORY_MB', Math.floor(totalmem() / 2 / MEBIBYTE), { min: 0 }) * MEBIBYTE,
    },
    compileCache: {
      maxBytes: read.integer('COMPILE_CACHE_MB', 256, { min: 0 }) * MEBIBYTE,
      directory: read.text('COMPILE_CACHE_DIR') ?? join(homedir(), '.cache', 'code-runner', 'compiled'),
    },
    prebuilds: readPrebuilds(read),
    ociRuntime: read.text('SANDBOX_RUNTIME'),
  };
  read.finish();
  return Object.freeze(config);
}

function readLimits(read: Variables): LimitPolicy {
  const maxTimeoutMs = read.milliseconds('MAX_TIMEOUT', 300);
  const bounds = (names: string, value: number, max: number) => read.within(names, { default: value, max });
  return {
    timeoutMs: bounds('DEFAULT_TIMEOUT MAX_TIMEOUT', read.milliseconds('DEFAULT_TIMEOUT', 30), maxTimeoutMs),
    compileTimeoutMs: bounds(
      'DEFAULT_COMPILE_TIMEOUT MAX_COMPILE_TIMEOUT',
      read.milliseconds('DEFAULT_COMPILE_TIMEOUT', 60),
      read.milliseconds('MAX_COMPILE_TIMEOUT', 300),
    ),
    memoryBytes: bounds(
      'DEFAULT_MEMORY MAX_MEMORY_MB',
      read.size('DEFAULT_MEMORY', '256m', FLOORS.memoryBytes),
      read.integer('MAX_MEMORY_MB', 2048, { min: 16 }) * MEBIBYTE,
    ),
    cpuShares: { default: read.integer('DEFAULT_CPU_SHARES', 512, CPU_SHARES_RANGE), max: CPU_SHARES_RANGE.max },
    cpus: bounds(
      'DEFAULT_CPUS MAX_CPU_CORES',
      read.number('DEFAULT_CPUS', 1, FLOORS.cpus),
      read.number('MAX_CPU_CORES', 4, FLOORS.cpus),
    ),
    diskBytes: bounds(
      'DEFAULT_DISK MAX_DISK_MB',
      read.size('DEFAULT_DISK', '512m', FLOORS.diskBytes),
      read.integer('MAX_DISK_MB', 5000, { min: 1 }) * MEBIBYTE,
    ),
    pids: bounds(
      'DEFAULT_PIDS MAX_PIDS',
      read.integer('DEFAULT_PIDS', 128, { min: 1 }),
      read.integer('MAX_PIDS', 1024, { min: 1 }),
    ),
    outputBytes: bounds(
      'DEFAULT_OUTPUT MAX_OUTPUT',
      read.size('DEFAULT_OUTPUT', '1m', 1),
      read.size('MAX_OUTPUT', '16m', 1),
    ),
    ...readNetwork(read),
    maxCodeBytes: read.integer('MAX_CODE_BYTES', MEBIBYTE, { min: 1 }),
    maxFiles: read.integer('MAX_FILES', 1000, { min: 1 }),
    maxStdinBytes: read.integer('MAX_STDIN_BYTES', 16 * MEBIBYTE, { min: 0 }),
    maxBodyBytes: read.integer('MAX_BODY_BYTES', 32 * MEBIBYTE, { min: 1024 }),
    maxOutputFilesBytes: read.integer('MAX_OUTPUT_FILES_BYTES', 8 * MEBIBYTE, { min: 0 }),
    maxTests: read.integer('MAX_TESTS', 100, { min: 1, max: 10_000 }),
  };
}

/** Less than this, and the largest body that is allowed would never be read. */
function readBytesInFlight(read: Variables): number {
  const maxBodyBytes = read.integer('MAX_BODY_BYTES', 32 * MEBIBYTE, { min: 1024 });
  const bytes = read.integer('MAX_BYTES_IN_FLIGHT', 512 * MEBIBYTE, { min: 2048 });
  if (bytes < 2 * maxBodyBytes) read.problem('MAX_BYTES_IN_FLIGHT must be at least twice MAX_BODY_BYTES');
  return bytes;
}

function readNetwork(read: Variables): Pick<LimitPolicy, 'networkDefault' | 'networkAllowed'> {
  const networkDefault = read.boolean('DEFAULT_ALLOW_NETWORK', false);
  const networkAllowed = read.oneOf('NETWORK_POLICY', ['allow', 'never'], 'allow') === 'allow';
  if (networkDefault && !networkAllowed) read.problem('DEFAULT_ALLOW_NETWORK is true but NETWORK_POLICY is never');
  return { networkDefault, networkAllowed };
}

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
const HOUR_MS = 3_600_000;

function readPrebuilds(read: Variables): PrebuildConfig | undefined {
  const config: PrebuildConfig = {
    hasNetwork: read.oneOf('PREBUILD_NETWORK', ['bridge', 'none'], 'bridge') === 'bridge',
    limits: {
      timeoutMs: read.milliseconds('PREBUILD_TIMEOUT', 600),
      memoryBytes: read.size('PREBUILD_MEMORY', '1g', FLOORS.memoryBytes),
      cpus: read.number('PREBUILD_CPUS', 1, FLOORS.cpus),
      maxBytes: read.integer('PREBUILD_MAX_MB', 2048, { min: 1 }) * MEBIBYTE,
      reserveBytes: read.integer('PREBUILD_RESERVE_MB', 1024, { min: 0 }) * MEBIBYTE,
    },
    maxConcurrentBuilds: read.integer('PREBUILD_CONCURRENCY', Math.max(1, Math.floor(availableParallelism() / 2)), {
      min: 1,
    }),
    inlineDependencies: read.boolean('INLINE_DEPENDENCIES', false),
    cleanUpEveryMs: read.number('CLEANUP_INTERVAL_HOURS', 24, 0.001) * HOUR_MS,
    maxAgeMs: read.number('CLEANUP_MAX_AGE_DAYS', 7, 0) * 24 * HOUR_MS,
    proxies: readProxies(read),
    certificates: read.text('NODE_EXTRA_CA_CERTS') ?? read.text('SSL_CERT_FILE'),
  };
  return read.oneOf('PREBUILDS', ['on', 'off'], 'on') === 'on' ? config : undefined;
}

/** In both spellings: programs disagree on which one counts. */
function readProxies(read: Variables): Record<string, string> {
  const names = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]);
  const set = names.flatMap((name): [string, string][] => {
    const value = read.text(name) ?? read.text(name.toUpperCase()) ?? read.text(name.toLowerCase());
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(set);
}

/** Reads single variables and remembers what is wrong with them, so that all problems are told at once. */
class Variables {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #problems: string[] = [];

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /** The value, or `undefined` where it is not set or empty. */
  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  /** A name that may be part of one of an image. */
  imageName(name: string, fallback: string): string {
    const value = this.text(name) ?? fallback;
    if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(value)) return value;
    return this.#refuse(name, 'lower-case letters and digits with single hyphens between them', fallback);
  }

  list(name: string): string[] | undefined {
    const items = this.text(name)
      ?.split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return items?.length ? items : undefined;
  }

  /** `a=2,b=1`, or `0` for nothing; `undefined` where it is not set. */
  counts(name: string): ReadonlyMap<string, number> | undefined {
    const items = this.list(name);
    if (items === undefined) return undefined;
    if (items.length === 1 && items[0] === '0') return new Map();
    const pairs = items.map((item) => /^([a-z0-9_-]+)=(\d{1,3})$/.exec(item));
    if (pairs.includes(null)) return this.#refuse(name, '0 or a list such as python=2,node=1', undefined);
    return new Map(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]));
  }

  number(name: string, fallback: number, min: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (!Number.isFinite(value) || value < min) return this.#refuse(name, `a number of at least ${min}`, fallback);
    return value;
  }

  integer(
    name: string,
    fallback: number,
    { min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number },
  ): number {
    const value = this.number(name, fallback, min);
    if (Number.isSafeInteger(value) && value <= max) return value;
    return this.#refuse(name, `a whole number from ${min} to ${max}`, fallback);
  }

  /** A time given in seconds. */
  milliseconds(name: string, fallbackSeconds: number): number {
    const seconds = this.number(name, fallbackSeconds, FLOORS.timeoutMs / 1000);
    if (seconds <= MAX_SECONDS) return Math.round(1000 * seconds);
    return this.#refuse(name, `at most ${MAX_SECONDS} seconds`, 1000 * fallbackSeconds);
  }

  size(name: string, fallback: string, min: number): number {
    const bytes = parseSize(this.text(name) ?? fallback);
    if (bytes !== undefined && bytes >= min) return bytes;
    return this.#refuse(name, `a size such as 256m, at least ${min} bytes`, parseSize(fallback) ?? min);
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  oneOf<const T extends string>(name: string, values: readonly T[], fallback: T): T {
    const text = this.text(name);
    if (text === undefined) return fallback;
    return (
      values.find((value) => value === text.toLowerCase()) ??
      this.#refuse(name, `one of ${values.join(', ')}`, fallback)
    );
  }

  /** A default that must not be above its ceiling; `names` are the two variables. */
  within<T extends { default: number; max: number }>(names: string, bounds: T): T {
    if (bounds.default > bounds.max) this.problem(names.replace(' ', ' is above '));
    return bounds;
  }

  problem(text: string): void {
    this.#problems.push(text);
  }

  finish(): void {
    if (this.#problems.length > 0) throw new Error(`Bad configuration:\n  ${this.#problems.join('\n  ')}`);
  }

  #refuse<T>(name: string, wanted: string, fallback: T): T {
    this.problem(`${name} must be ${wanted}`);
    return fallback;
  }
}

/** The `runtimes` folder of this project, from the sources as well as from the compiled files. */
function bundledRuntimes(): string {
  const candidates = ['../../runtimes', '../../../runtimes'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find(existsSync) ?? 'runtimes';
}
