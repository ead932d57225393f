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

/** Every variable that the service reads, by section of the documentation. A variable without a row here is not read. */
export const SECTIONS = {
  Service: {
    HOST: text('The address to listen on.', { fallback: '0.0.0.0' }),
    PORT: integer('The port to listen on; 0 takes any that is free.', { fallback: 8000, min: 0, max: 65_535 }),
    MAX_CONNECTIONS: integer(
      'Connections at a time. One more closes the one that has been without a whole request for longest. A connection without one is closed after 15 s, and a request whose body has not arrived after 75 s ends with 408.',
      { fallback: 1024, min: 1 },
    ),
    ALLOWED_HOSTS: hostNames(
      'Names that a service without credentials may be called by, beside loopback names and IP addresses; `*` for any. Others are refused, because a web page of a stranger could reach the service through them.',
    ),
    LOG_LEVEL: choice(
      'How much is logged. The log is JSON lines on standard output, one for each run, also for one that was refused.',
      {
        values: LOG_LEVELS,
        fallback: 'info',
      },
    ),
    AUTH_TOKEN: optionalText(
      'A bearer token that requests must carry. Without it and without keys the service is open to all, and warns of it.',
    ),
    CODE_RUNNER_API_KEYS: list('Keys that requests may carry as `X-API-Key`.'),
  },
  'Engine and runtimes': {
    DOCKER_SOCKET: text('The socket of the container engine.', { fallback: '/var/run/docker.sock' }),
    ENGINE_NAMESPACE: imageName(
      "Services with the same one share the engine's prebuilds and networks, whose names begin with it.",
      'code-runner',
    ),
    SANDBOX_RUNTIME: optionalText('The OCI runtime of sandboxes: `runc`, `runsc`, …', "the engine's own"),
    RUNTIME_DIR: text('The folder of the runtimes.', { fallback: bundledRuntimes(), shown: 'the bundled ones' }),
    RUNTIMES: list('Which runtimes to serve.', 'all of the folder'),
    READY_RUNTIMES: list(
      'The runtimes without which the service is not ready, in `/readyz` and `/health`. Others are unavailable by themselves when their image is missing or broken.',
      'all that are served',
    ),
  },
  'Admission and warm sandboxes': {
    MAX_CONCURRENT_RUNS: integer('Runs at a time.', {
      fallback: 2 * availableParallelism(),
      shown: '2 for each core',
      min: 1,
    }),
    MAX_QUEUE: integer('Runs that may wait. Beyond: 503 `over_capacity` with `Retry-After`.', {
      fallback: 100,
      min: 0,
    }),
    QUEUE_TIMEOUT: seconds('How long a run may wait. Beyond: 503 `over_capacity` with `Retry-After`.', 30),
    MAX_BYTES_IN_FLIGHT: integer(
      'Bytes that the bodies of all requests under way may hold together; a body takes twice its size until its request is answered, so at least twice `MAX_BODY_BYTES`. Beyond: 503 `over_capacity` with `Retry-After`, before the body is read; bodies up to 64 KiB have an eighth as much for themselves, so large ones never keep them out. Answers that wait for slow readers may hold as much again; runs that find no room for their answer count as running until there is ([everything that the service holds](service-memory.md)).',
      { fallback: 512 * MEBIBYTE, min: 2048 },
    ),
    WARM_POOL: counts(
      'Sandboxes to keep ready, with the default limits; `0` turns it off. Other limits are learned from demand.',
      'one of each runtime, of the default runtime one for each core',
    ),
    WARM_POOL_MAX: integer('The most sandboxes that are kept ready.', { fallback: 32, min: 0 }),
    WARM_POOL_MEMORY_MB: mebibytes('The most that the memory limits of all that is kept ready may add up to.', {
      fallback: HALF_OF_MEMORY_MB,
      shown: "half of the machine's memory",
      min: 0,
    }),
  },
  'Limits of a run': {
    DEFAULT_TIMEOUT: seconds('`timeout` of a request that does not say.', 30),
    MAX_TIMEOUT: seconds('The most that `timeout` may be.', 300),
    DEFAULT_COMPILE_TIMEOUT: seconds('`compile_timeout` of a request that does not say.', 60),
    MAX_COMPILE_TIMEOUT: seconds('The most that `compile_timeout` may be.', 300),
    DEFAULT_MEMORY: size('`mem_limit` of a request that does not say.', { fallback: '256m', min: FLOORS.memoryBytes }),
    MAX_MEMORY_MB: mebibytes('The most that `mem_limit` may be.', { fallback: 2048, min: 16 }),
    DEFAULT_CPUS: number('`cpus` of a request that does not say.', { fallback: 1, min: FLOORS.cpus }),
    MAX_CPU_CORES: number('The most that `cpus` may be.', { fallback: 4, min: FLOORS.cpus }),
    DEFAULT_CPU_SHARES: integer('`cpu_shares` of a request that does not say.', { fallback: 512, ...CPU_SHARES_RANGE }),
    DEFAULT_DISK: size('`disk_limit` of a request that does not say.', { fallback: '512m', min: FLOORS.diskBytes }),
    MAX_DISK_MB: mebibytes('The most that `disk_limit` may be.', { fallback: 5000, min: 1 }),
    DEFAULT_PIDS: integer('`pids_limit` of a request that does not say.', { fallback: 128, min: 1 }),
    MAX_PIDS: integer('The most that `pids_limit` may be.', { fallback: 1024, min: 1 }),
    DEFAULT_OUTPUT: size('`output_limit` of a request that does not say.', { fallback: '1m', min: 1 }),
    MAX_OUTPUT: size('The most that `output_limit` may be.', { fallback: '16m', min: 1 }),
    DEFAULT_ALLOW_NETWORK: flag('`allow_network` of a request that does not say.', false),
    NETWORK_POLICY: choice('`never` refuses `allow_network`.', { values: ['allow', 'never'], fallback: 'allow' }),
    MAX_CODE_BYTES: integer('The most that `code` and `files` may hold together.', { fallback: MEBIBYTE, min: 1 }),
    MAX_FILES: integer('The most files of a request.', { fallback: 1000, min: 1 }),
    MAX_STDIN_BYTES: integer(
      'The most that `stdin` may hold; in a judged run all inputs together, and again all that is expected.',
      { fallback: 16 * MEBIBYTE, min: 0 },
    ),
    MAX_BODY_BYTES: integer('The most that the body of a request may hold.', { fallback: 32 * MEBIBYTE, min: 1024 }),
    MAX_OUTPUT_FILES_BYTES: integer('The most that the returned files of a run may hold together.', {
      fallback: 8 * MEBIBYTE,
      min: 0,
    }),
    MAX_TESTS: integer('The most tests of a judged run.', { fallback: 100, min: 1, max: 10_000 }),
  },
  'Compile cache': {
    COMPILE_CACHE_MB: mebibytes(
      'Compiled programs that are kept on disk, those longest unused going first; `0` turns it off.',
      { fallback: 256, min: 0 },
    ),
    COMPILE_CACHE_DIR: text(
      "Where they are kept. Several services can share it. It must belong to the service's user and be writable by nobody else.",
      { fallback: CACHE_DIRECTORY, shown: '`~/.cache/code-runner/compiled`' },
    ),
  },
  Prebuilds: {
    PREBUILDS: choice('`off` removes the routes and the fields.', { values: ['on', 'off'], fallback: 'on' }),
    PREBUILD_NETWORK: choice(
      'What scripts may reach: `bridge` all that the host does, through a network of their own; `none` nothing.',
      { values: ['bridge', 'none'], fallback: 'bridge' },
    ),
    PREBUILD_TIMEOUT: seconds('How long a build may take.', 600),
    PREBUILD_MEMORY: size('Memory of a build.', { fallback: '1g', min: FLOORS.memoryBytes }),
    PREBUILD_CPUS: number('Cores of a build.', { fallback: 1, min: FLOORS.cpus }),
    PREBUILD_MAX_MB: mebibytes('What a prebuild may add to its base.', { fallback: 2048, min: 1 }),
    PREBUILD_RESERVE_MB: mebibytes("What must stay free on the engine's disk.", { fallback: 1024, min: 0 }),
    PREBUILD_CONCURRENCY: integer('Builds at a time; 32 more may wait.', {
      fallback: HALF_OF_CORES,
      shown: '1 for every two cores',
      min: 1,
    }),
    INLINE_DEPENDENCIES: flag('Whether packages that a program names itself are installed.', false),
    CLEANUP_INTERVAL_HOURS: duration('How often prebuilds are cleaned up.', {
      noun: 'hours',
      unitMs: HOUR_MS,
      fallback: 24,
      min: 0.001,
    }),
    CLEANUP_MAX_AGE_DAYS: duration('How long a prebuild may go unused.', {
      noun: 'days',
      unitMs: 24 * HOUR_MS,
      fallback: 7,
      min: 0,
    }),
    HTTP_PROXY: optionalText(
      'Given to builds, in this and in lower case, never to runs or into an image. Read in lower case, too.',
    ),
    HTTPS_PROXY: optionalText('As `HTTP_PROXY`.'),
    NO_PROXY: optionalText('As `HTTP_PROXY`.'),
    NODE_EXTRA_CA_CERTS: optionalText('A file of certificates for builds behind a proxy that re-signs TLS.'),
    SSL_CERT_FILE: optionalText('The same, where `NODE_EXTRA_CA_CERTS` is not set.'),
  },
} as const;

/** The same by name alone. */
export const VARIABLES = {
  ...SECTIONS.Service,
  ...SECTIONS['Engine and runtimes'],
  ...SECTIONS['Admission and warm sandboxes'],
  ...SECTIONS['Limits of a run'],
  ...SECTIONS['Compile cache'],
  ...SECTIONS.Prebuilds,
} as const;
