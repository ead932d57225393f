import { availableParallelism, homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { CPU_SHARES_RANGE, FLOORS } from '../core/limits.ts';
import { bundledRuntimes } from './bundled-runtimes.ts';
import {
  choice,
  counts,
  duration,
  flag,
  hostNames,
  imageName,
  integer,
  list,
  mebibytes,
  number,
  optionalInteger,
  optionalText,
  seconds,
  size,
  text,
} from './kinds.ts';

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const MEBIBYTE = 1024 ** 2;
const HOUR_MS = 3_600_000;
const HALF_OF_MEMORY_MB = Math.floor(totalmem() / 2 / MEBIBYTE);
const HALF_OF_CORES = Math.max(1, Math.floor(availableParallelism() / 2));
const CACHE_DIRECTORY = join(homedir(), '.cache', 'code-runner', 'compiled');

/** Every variable that the service reads, grouped as in the documentation. The service reads no variable that is missing here. */
export const SECTIONS = {
  Service: {
    HOST: text('The address to listen on.', { fallback: '0.0.0.0' }),
    PORT: integer('The port to listen on; 0 picks a free port.', { fallback: 8000, min: 0, max: 65_535 }),
    MAX_CONNECTIONS: integer(
      'Maximum number of open connections. When there is one more, the service closes the connection that has waited longest for a complete request. It also closes a connection that sends no request headers within 15 s, and responds with 408 to a request whose body is incomplete after 75 s.',
      { fallback: 1024, min: 1 },
    ),
    STREAM_STALL: seconds(
      'Longest time that a client may read nothing of its response while there is something to read. After that it counts as gone: a streamed run ends, a build that nobody else waits for is cancelled, and the connection is closed.',
      30,
    ),
    ALLOWED_HOSTS: hostNames(
      'Host names that requests may use when no credentials are configured, besides loopback names and IP addresses; `*` allows all. Other names are refused, because a malicious web page could use them to reach the service (DNS rebinding).',
    ),
    LOG_LEVEL: choice(
      'How much is logged. The log is written to standard output as JSON lines, one per run, including refused runs.',
      {
        values: LOG_LEVELS,
        fallback: 'info',
      },
    ),
    AUTH_TOKEN: optionalText(
      'The token that is accepted in `Authorization: Bearer`. Without a token and without API keys, anyone can use the service, and it logs a warning.',
    ),
    CODE_RUNNER_API_KEYS: list('The API keys that are accepted in `X-API-Key`.'),
    TRUST_TENANT_HEADER: flag(
      'Whether requests without credentials may name their tenant in `X-Tenant`. Set it if a proxy in front of the service authenticates callers and sets the header. With credentials the header is always accepted.',
      false,
    ),
  },
  'Engine and runtimes': {
    DOCKER_SOCKET: text('The socket of the container engine.', { fallback: '/var/run/docker.sock' }),
    ENGINE_NAMESPACE: imageName(
      'Prefix for the names of prebuilds and networks on the engine. Services with the same namespace share them.',
      'code-runner',
    ),
    SANDBOX_RUNTIME: optionalText('The OCI runtime of sandboxes: `runc`, `runsc`, …', "the engine's own"),
    RUNTIME_DIR: text('The folder that holds the runtimes.', {
      fallback: bundledRuntimes(),
      shown: 'the bundled ones',
    }),
    RUNTIMES: list('The runtimes to serve.', 'all in the folder'),
    READY_RUNTIMES: list(
      'The runtimes that must work for `/readyz` and `/health` to report success. If the image of another runtime is missing or broken, only that runtime is unavailable.',
      'all that are served',
    ),
  },
  'Admission and warm sandboxes': {
    MAX_CONCURRENT_RUNS: integer('Maximum number of runs at the same time.', {
      fallback: 2 * availableParallelism(),
      shown: '2 per core',
      min: 1,
    }),
    MAX_QUEUE: integer(
      'Maximum number of runs that wait for a slot. Further runs get 503 `over_capacity` with `Retry-After`.',
      {
        fallback: 100,
        min: 0,
      },
    ),
    MAX_CONCURRENT_RUNS_PER_TENANT: optionalInteger(
      'Maximum number of runs of one tenant at the same time. A tenant is a credential, or what a request with it names in `X-Tenant`.',
      { shown: 'as MAX_CONCURRENT_RUNS', min: 1 },
    ),
    MAX_QUEUE_PER_TENANT: optionalInteger(
      "Maximum number of runs of one tenant that wait for a slot. Further runs of this tenant get 503 `over_capacity` with `Retry-After`. Without it, one tenant can fill the queue; then its newest waiting runs are refused as other tenants' runs arrive.",
      { shown: 'as MAX_QUEUE', min: 0 },
    ),
    QUEUE_TIMEOUT: seconds(
      'Longest time that a run waits for a slot. After that it gets 503 `over_capacity` with `Retry-After`.',
      30,
    ),
    SANDBOX_START_TIMEOUT: seconds(
      'Longest time that a run waits for its sandbox to start, and that the engine may take to create, attach to or start a container. After that the run gets 503 `engine_unavailable` with `Retry-After`.',
      30,
    ),
    MAX_BYTES_IN_FLIGHT: integer(
      'Memory budget in bytes for the bodies of all requests in progress. A body counts twice its size until its request is answered, so the value must be at least twice `MAX_BODY_BYTES`. A request whose body does not fit gets 503 `over_capacity` with `Retry-After` before the body is read. Bodies up to 64 KiB have an extra budget of one eighth, so large bodies cannot keep them out. Responses that wait for slow clients have a second budget of the same size; a run whose response does not fit keeps its slot until it does ([service-memory.md](service-memory.md)).',
      { fallback: 512 * MEBIBYTE, min: 2048 },
    ),
    ISOLATION: choice(
      '`cells`: the runs of one tenant share containers, one run at a time, and every run gets fresh kernel namespaces, processes and files (a cell). `containers`: every run gets a container of its own. An image that cannot be run in cells on this engine runs in containers; the log and `/health` say why.',
      { values: ['cells', 'containers'], fallback: 'cells' },
    ),
    CELLS_PER_CONTAINER: integer('Number of runs after which a container with cells is replaced.', {
      fallback: 100,
      min: 1,
    }),
    CONTAINER_MAX_AGE: seconds('Age at which a container with cells is replaced.', 3600),
    START: choice(
      '`ahead`: in a sandbox that waits for a run, the interpreter is started already, where the runtime supports it; a run that differs from the usual one starts its own. `plain`: every interpreter is started when its run comes. `fork`: as `ahead`, but in cells the Python interpreter of a run is forked from one that was started with the container, which takes less than half the CPU time; runs of one container then have the same hash seed and address layout ([README](../README.md#isolation)).',
      { values: ['ahead', 'plain', 'fork'], fallback: 'ahead' },
    ),
    WARM_POOL: counts(
      'Number of sandboxes with default limits to keep ready, by runtime; `0` keeps none. Cells get the limits of a run when it comes; containers with other limits are kept ready while they are in demand.',
      'one per runtime; for the default runtime, one per core',
    ),
    WARM_POOL_MAX: integer('Maximum number of sandboxes that are kept ready.', { fallback: 32, min: 0 }),
    WARM_POOL_MEMORY_MB: mebibytes('Maximum sum of the memory limits of all sandboxes that are kept ready.', {
      fallback: HALF_OF_MEMORY_MB,
      shown: "half of the machine's memory",
      min: 0,
    }),
  },
  'Limits of a run': {
    DEFAULT_TIMEOUT: seconds('`timeout` of a request that does not set it.', 30),
    MAX_TIMEOUT: seconds('Maximum `timeout`.', 300),
    DEFAULT_COMPILE_TIMEOUT: seconds('`compile_timeout` of a request that does not set it.', 60),
    MAX_COMPILE_TIMEOUT: seconds('Maximum `compile_timeout`.', 300),
    DEFAULT_MEMORY: size('`mem_limit` of a request that does not set it.', {
      fallback: '256m',
      min: FLOORS.memoryBytes,
    }),
    MAX_MEMORY_MB: mebibytes('Maximum `mem_limit`.', { fallback: 2048, min: 16 }),
    DEFAULT_CPUS: number('`cpus` of a request that does not set it.', { fallback: 1, min: FLOORS.cpus }),
    MAX_CPU_CORES: number('Maximum `cpus`.', { fallback: 4, min: FLOORS.cpus }),
    DEFAULT_CPU_SHARES: integer('`cpu_shares` of a request that does not set it.', {
      fallback: 512,
      ...CPU_SHARES_RANGE,
    }),
    DEFAULT_DISK: size('`disk_limit` of a request that does not set it.', { fallback: '512m', min: FLOORS.diskBytes }),
    MAX_DISK_MB: mebibytes('Maximum `disk_limit`.', { fallback: 5000, min: 1 }),
    DEFAULT_PIDS: integer('`pids_limit` of a request that does not set it.', { fallback: 128, min: 1 }),
    MAX_PIDS: integer('Maximum `pids_limit`.', { fallback: 1024, min: 1 }),
    DEFAULT_OUTPUT: size('`output_limit` of a request that does not set it.', { fallback: '1m', min: 1 }),
    MAX_OUTPUT: size('Maximum `output_limit`.', { fallback: '16m', min: 1 }),
    DEFAULT_ALLOW_NETWORK: flag('`allow_network` of a request that does not set it.', false),
    NETWORK_POLICY: choice('`never` refuses requests with `allow_network`.', {
      values: ['allow', 'never'],
      fallback: 'allow',
    }),
    MAX_CODE_BYTES: integer('Maximum size of `code` and `files` together, in bytes.', { fallback: MEBIBYTE, min: 1 }),
    MAX_FILES: integer('Maximum number of `files` in a request.', { fallback: 1000, min: 1 }),
    MAX_STDIN_BYTES: integer(
      'Maximum size of `stdin`, in bytes. In a judged run it limits the inputs of all tests together, and separately their expected outputs.',
      { fallback: 16 * MEBIBYTE, min: 0 },
    ),
    MAX_BODY_BYTES: integer('Maximum size of a request body, in bytes.', { fallback: 32 * MEBIBYTE, min: 1024 }),
    MAX_OUTPUT_FILES_BYTES: integer('Maximum size of all returned files of a run together, in bytes.', {
      fallback: 8 * MEBIBYTE,
      min: 0,
    }),
    MAX_TESTS: integer('Maximum number of `tests` in a request.', { fallback: 100, min: 1, max: 10_000 }),
  },
  'Compile cache': {
    COMPILE_CACHE_MB: mebibytes(
      'Maximum size of the compiled programs on disk. The least recently used are removed first. `0` disables the cache.',
      { fallback: 256, min: 0 },
    ),
    COMPILE_CACHE_DIR: text(
      "The folder of the compiled programs. Several services can share it. It must be owned by the service's user, and nobody else may have write access.",
      { fallback: CACHE_DIRECTORY, shown: '`~/.cache/code-runner/compiled`' },
    ),
  },
  Prebuilds: {
    PREBUILDS: choice('`off` removes the routes for prebuilds and refuses the request fields that need one.', {
      values: ['on', 'off'],
      fallback: 'on',
    }),
    PREBUILD_NETWORK: choice(
      'Network access of builds. `bridge`: everything that the host can reach, through a separate network. `none`: nothing.',
      { values: ['bridge', 'none'], fallback: 'bridge' },
    ),
    PREBUILD_TIMEOUT: seconds('Maximum duration of a build.', 600),
    PREBUILD_MEMORY: size('Memory limit of a build.', { fallback: '1g', min: FLOORS.memoryBytes }),
    PREBUILD_CPUS: number('CPU limit of a build, in cores.', { fallback: 1, min: FLOORS.cpus }),
    PREBUILD_MAX_MB: mebibytes('Maximum size that a prebuild may add to its base.', { fallback: 2048, min: 1 }),
    PREBUILD_RESERVE_MB: mebibytes("Space that must stay free on the engine's disk. A build that leaves less fails.", {
      fallback: 1024,
      min: 0,
    }),
    PREBUILD_CONCURRENCY: integer('Maximum number of builds at the same time. Up to 32 more may wait.', {
      fallback: HALF_OF_CORES,
      shown: '1 for every two cores',
      min: 1,
    }),
    INLINE_DEPENDENCIES: flag(
      'Whether to install the packages that a Python program lists in its inline metadata (PEP 723) or its `requirements.txt`.',
      false,
    ),
    CLEANUP_INTERVAL_HOURS: duration('Interval between clean-ups of unused prebuilds.', {
      noun: 'hours',
      unitMs: HOUR_MS,
      fallback: 24,
      min: 0.001,
    }),
    CLEANUP_MAX_AGE_DAYS: duration('A clean-up removes prebuilds that have not been used for this long.', {
      noun: 'days',
      unitMs: 24 * HOUR_MS,
      fallback: 7,
      min: 0,
    }),
    HTTP_PROXY: optionalText(
      'Proxy for builds. It is read in upper and lower case and passed to builds in both. It never reaches a run or an image.',
    ),
    HTTPS_PROXY: optionalText('As `HTTP_PROXY`.'),
    NO_PROXY: optionalText('As `HTTP_PROXY`.'),
    NODE_EXTRA_CA_CERTS: optionalText('Path of a certificate file for builds behind a proxy that re-signs TLS.'),
    SSL_CERT_FILE: optionalText('Used if `NODE_EXTRA_CA_CERTS` is not set.'),
  },
} as const;

/** All variables by name, without the sections. */
export const VARIABLES = {
  ...SECTIONS.Service,
  ...SECTIONS['Engine and runtimes'],
  ...SECTIONS['Admission and warm sandboxes'],
  ...SECTIONS['Limits of a run'],
  ...SECTIONS['Compile cache'],
  ...SECTIONS.Prebuilds,
} as const;
