import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { VARIABLES as TABLE } from '../../src/config/table.ts';
import { MEBIBYTE } from '../fixtures.ts';

function problemsOf(environment: Record<string, string>): string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

test('the defaults of the contract', () => {
  const { runtimeDir, warmPool, compileCache, ...config } = parseConfig({});
  assert.deepEqual(compileCache, {
    maxBytes: 256 * MEBIBYTE,
    directory: join(homedir(), '.cache/code-runner/compiled'),
  });
  assert.deepEqual([warmPool.counts, warmPool.maxCount], [undefined, 32]);
  assert.ok(warmPool.maxMemoryBytes > 0 && warmPool.maxMemoryBytes <= totalmem() / 2);
  assert.ok(existsSync(runtimeDir), runtimeDir);
  assert.deepEqual(config, {
    host: '0.0.0.0',
    port: 8000,
    maxConnections: 1024,
    allowedHosts: [],
    logLevel: 'info',
    dockerSocket: '/var/run/docker.sock',
    engineNamespace: 'code-runner',
    runtimes: undefined,
    readyRuntimes: undefined,
    auth: { apiKeys: [], token: undefined },
    trustTenantHeader: false,
    limits: {
      timeoutMs: { default: 30_000, max: 300_000 },
      compileTimeoutMs: { default: 60_000, max: 300_000 },
      memoryBytes: { default: 256 * MEBIBYTE, max: 2048 * MEBIBYTE },
      cpuShares: { default: 512, max: 262_144 },
      cpus: { default: 1, max: 4 },
      diskBytes: { default: 512 * MEBIBYTE, max: 5000 * MEBIBYTE },
      pids: { default: 128, max: 1024 },
      outputBytes: { default: MEBIBYTE, max: 16 * MEBIBYTE },
      networkDefault: false,
      networkAllowed: true,
      maxCodeBytes: MEBIBYTE,
      maxFiles: 1000,
      maxStdinBytes: 16 * MEBIBYTE,
      maxBodyBytes: 32 * MEBIBYTE,
      maxOutputFilesBytes: 8 * MEBIBYTE,
      maxTests: 100,
    },
    maxBytesInFlight: 512 * MEBIBYTE,
    streamStallMs: 30_000,
    admission: {
      maxConcurrentRuns: 2 * availableParallelism(),
      maxConcurrentRunsPerTenant: 2 * availableParallelism(),
      maxQueue: 100,
      maxQueuePerTenant: 100,
      queueTimeoutMs: 30_000,
    },
    sandboxStartTimeoutMs: 30_000,
    isolation: 'cell',
    start: 'ahead',
    cells: { maxCells: 100, maxAgeMs: 3_600_000 },
    prebuilds: {
      hasNetwork: true,
      limits: {
        timeoutMs: 600_000,
        memoryBytes: 1024 * MEBIBYTE,
        cpus: 1,
        maxBytes: 2048 * MEBIBYTE,
        reserveBytes: 1024 * MEBIBYTE,
      },
      maxConcurrentBuilds: Math.max(1, Math.floor(availableParallelism() / 2)),
      inlineDependencies: false,
      cleanUpEveryMs: 86_400_000,
      maxAgeMs: 7 * 86_400_000,
      proxies: {},
      certificates: undefined,
    },
    ociRuntime: undefined,
  });
});

test('builds get a proxy in both spellings', () => {
  const { prebuilds } = parseConfig({ http_proxy: 'http://proxy:3128', NO_PROXY: 'localhost' });
  assert.deepEqual(prebuilds?.proxies, {
    HTTP_PROXY: 'http://proxy:3128',
    http_proxy: 'http://proxy:3128',
    NO_PROXY: 'localhost',
    no_proxy: 'localhost',
  });
});

/** Each variable with a value other than its default, and where the value must arrive. */
const VARIABLES: Record<string, [value: string, read: (config: Config) => unknown, expected: unknown]> = {
  HOST: ['127.0.0.1', (config) => config.host, '127.0.0.1'],
  PORT: ['8080', (config) => config.port, 8080],
  MAX_CONNECTIONS: ['20', (config) => config.maxConnections, 20],
  STREAM_STALL: ['0.5', (config) => config.streamStallMs, 500],
  ALLOWED_HOSTS: ['runner, runner.example.com', (config) => config.allowedHosts, ['runner', 'runner.example.com']],
  LOG_LEVEL: ['WARNING', (config) => config.logLevel, 'warning'],
  DOCKER_SOCKET: ['/run/docker.sock', (config) => config.dockerSocket, '/run/docker.sock'],
  ENGINE_NAMESPACE: ['staging-2', (config) => config.engineNamespace, 'staging-2'],
  RUNTIME_DIR: ['/srv/runtimes', (config) => config.runtimeDir, '/srv/runtimes'],
  RUNTIMES: ['python, go', (config) => config.runtimes, ['python', 'go']],
  READY_RUNTIMES: ['python', (config) => config.readyRuntimes, ['python']],
  CODE_RUNNER_API_KEYS: ['one, two,,', (config) => config.auth.apiKeys, ['one', 'two']],
  AUTH_TOKEN: [' secret ', (config) => config.auth.token, 'secret'],
  TRUST_TENANT_HEADER: ['true', (config) => config.trustTenantHeader, true],
  COMPILE_CACHE_MB: ['0', (config) => config.compileCache.maxBytes, 0],
  COMPILE_CACHE_DIR: ['/srv/cache', (config) => config.compileCache.directory, '/srv/cache'],
  DEFAULT_TIMEOUT: ['0.5', (config) => config.limits.timeoutMs.default, 500],
  MAX_TIMEOUT: ['60', (config) => config.limits.timeoutMs.max, 60_000],
  DEFAULT_COMPILE_TIMEOUT: ['5', (config) => config.limits.compileTimeoutMs.default, 5000],
  MAX_COMPILE_TIMEOUT: ['90', (config) => config.limits.compileTimeoutMs.max, 90_000],
  DEFAULT_MEMORY: ['64m', (config) => config.limits.memoryBytes.default, 64 * MEBIBYTE],
  MAX_MEMORY_MB: ['512', (config) => config.limits.memoryBytes.max, 512 * MEBIBYTE],
  DEFAULT_CPU_SHARES: ['2', (config) => config.limits.cpuShares.default, 2],
  DEFAULT_CPUS: ['0.25', (config) => config.limits.cpus.default, 0.25],
  MAX_CPU_CORES: ['1.5', (config) => config.limits.cpus.max, 1.5],
  DEFAULT_DISK: ['1m', (config) => config.limits.diskBytes.default, MEBIBYTE],
  MAX_DISK_MB: ['600', (config) => config.limits.diskBytes.max, 600 * MEBIBYTE],
  DEFAULT_PIDS: ['64', (config) => config.limits.pids.default, 64],
  MAX_PIDS: ['200', (config) => config.limits.pids.max, 200],
  DEFAULT_OUTPUT: ['64k', (config) => config.limits.outputBytes.default, 65_536],
  MAX_OUTPUT: ['2m', (config) => config.limits.outputBytes.max, 2 * MEBIBYTE],
  DEFAULT_ALLOW_NETWORK: ['true', (config) => config.limits.networkDefault, true],
  NETWORK_POLICY: ['never', (config) => config.limits.networkAllowed, false],
  MAX_CODE_BYTES: ['1000', (config) => config.limits.maxCodeBytes, 1000],
  MAX_FILES: ['3', (config) => config.limits.maxFiles, 3],
  MAX_STDIN_BYTES: ['0', (config) => config.limits.maxStdinBytes, 0],
  MAX_BODY_BYTES: ['4096', (config) => config.limits.maxBodyBytes, 4096],
  MAX_OUTPUT_FILES_BYTES: ['5', (config) => config.limits.maxOutputFilesBytes, 5],
  MAX_BYTES_IN_FLIGHT: ['100000000', (config) => config.maxBytesInFlight, 100_000_000],
  MAX_TESTS: ['5', (config) => config.limits.maxTests, 5],
  MAX_CONCURRENT_RUNS: ['7', (config) => config.admission.maxConcurrentRuns, 7],
  MAX_CONCURRENT_RUNS_PER_TENANT: ['3', (config) => config.admission.maxConcurrentRunsPerTenant, 3],
  MAX_QUEUE_PER_TENANT: ['0', (config) => config.admission.maxQueuePerTenant, 0],
  MAX_QUEUE: ['0', (config) => config.admission.maxQueue, 0],
  QUEUE_TIMEOUT: ['2', (config) => config.admission.queueTimeoutMs, 2000],
  SANDBOX_START_TIMEOUT: ['4.5', (config) => config.sandboxStartTimeoutMs, 4500],
  ISOLATION: ['containers', (config) => config.isolation, 'container'],
  START: ['fork', (config) => config.start, 'fork'],
  CELLS_PER_CONTAINER: ['1', (config) => config.cells.maxCells, 1],
  CONTAINER_MAX_AGE: ['1.5', (config) => config.cells.maxAgeMs, 1500],
  WARM_POOL: [
    'python=2, go=1',
    (config) => [...(config.warmPool.counts ?? [])],
    [
      ['python', 2],
      ['go', 1],
    ],
  ],
  WARM_POOL_MAX: ['3', (config) => config.warmPool.maxCount, 3],
  WARM_POOL_MEMORY_MB: ['512', (config) => config.warmPool.maxMemoryBytes, 512 * MEBIBYTE],
  PREBUILDS: ['off', (config) => config.prebuilds, undefined],
  PREBUILD_NETWORK: ['none', (config) => config.prebuilds?.hasNetwork, false],
  PREBUILD_TIMEOUT: ['60', (config) => config.prebuilds?.limits.timeoutMs, 60_000],
  PREBUILD_MEMORY: ['2g', (config) => config.prebuilds?.limits.memoryBytes, 2048 * MEBIBYTE],
  PREBUILD_CPUS: ['0.5', (config) => config.prebuilds?.limits.cpus, 0.5],
  PREBUILD_MAX_MB: ['100', (config) => config.prebuilds?.limits.maxBytes, 100 * MEBIBYTE],
  PREBUILD_RESERVE_MB: ['0', (config) => config.prebuilds?.limits.reserveBytes, 0],
  PREBUILD_CONCURRENCY: ['9', (config) => config.prebuilds?.maxConcurrentBuilds, 9],
  INLINE_DEPENDENCIES: ['true', (config) => config.prebuilds?.inlineDependencies, true],
  CLEANUP_INTERVAL_HOURS: ['1', (config) => config.prebuilds?.cleanUpEveryMs, 3_600_000],
  CLEANUP_MAX_AGE_DAYS: ['1', (config) => config.prebuilds?.maxAgeMs, 86_400_000],
  HTTP_PROXY: ['http://p:1', (config) => config.prebuilds?.proxies['http_proxy'], 'http://p:1'],
  HTTPS_PROXY: ['http://p:2', (config) => config.prebuilds?.proxies['https_proxy'], 'http://p:2'],
  NO_PROXY: ['local', (config) => config.prebuilds?.proxies['no_proxy'], 'local'],
  NODE_EXTRA_CA_CERTS: ['/ca.crt', (config) => config.prebuilds?.certificates, '/ca.crt'],
  SSL_CERT_FILE: ['/ca.crt', (config) => config.prebuilds?.certificates, '/ca.crt'],
  SANDBOX_RUNTIME: ['runsc', (config) => config.ociRuntime, 'runsc'],
};

for (const [name, [value, read, expected]] of Object.entries(VARIABLES)) {
  test(`${name} is read`, () => {
    assert.deepEqual(read(parseConfig({ [name]: value })), expected);
    assert.notDeepEqual(read(parseConfig({})), expected);
  });
  test(`${name} counts as not set if it is empty`, () =>
    assert.deepEqual(parseConfig({ [name]: ' ' }), parseConfig({})));
}

test('every variable of the table is tested here', () => {
  assert.deepEqual(Object.keys(VARIABLES).sort(), Object.keys(TABLE).sort());
});

/** Values that each variable refuses. */
const REFUSED: Record<string, string[]> = {
  PORT: ['-1', '65536', '80.5', 'http', 'NaN'],
  MAX_CONNECTIONS: ['0', '-1', '1.5'],
  ALLOWED_HOSTS: ['runner:8000', 'http://runner', '*.example.com', '.'],
  LOG_LEVEL: ['loud'],
  DEFAULT_TIMEOUT: ['0', '-1', 'Infinity', '30s', '1e9'],
  MAX_TIMEOUT: ['0', '2147484'],
  DEFAULT_COMPILE_TIMEOUT: ['0', '1e9'],
  MAX_COMPILE_TIMEOUT: ['0', '1e9'],
  QUEUE_TIMEOUT: ['0', '1e9'],
  SANDBOX_START_TIMEOUT: ['0', '1e9'],
  DEFAULT_MEMORY: ['0', '15m', 'lots', '-1m'],
  MAX_MEMORY_MB: ['0', '1.5', '-1'],
  DEFAULT_CPU_SHARES: ['0', '1', '262145'],
  DEFAULT_CPUS: ['0', '-1'],
  MAX_CPU_CORES: ['0', '-1', 'all'],
  DEFAULT_DISK: ['0', '1k'],
  MAX_DISK_MB: ['0'],
  DEFAULT_PIDS: ['0', '-1'],
  MAX_PIDS: ['0', '-1', '1.5'],
  MAX_TESTS: ['0', '-1', '10001'],
  DEFAULT_OUTPUT: ['0', '-1'],
  MAX_OUTPUT: ['0'],
  DEFAULT_ALLOW_NETWORK: ['yes', '1'],
  NETWORK_POLICY: ['always'],
  MAX_CODE_BYTES: ['0'],
  MAX_FILES: ['0'],
  MAX_STDIN_BYTES: ['-1'],
  MAX_BODY_BYTES: ['0'],
  MAX_OUTPUT_FILES_BYTES: ['-1'],
  MAX_CONCURRENT_RUNS: ['0', '-1', '1.5'],
  MAX_CONCURRENT_RUNS_PER_TENANT: ['0', '1.5'],
  MAX_QUEUE: ['-1', 'unlimited'],
  MAX_QUEUE_PER_TENANT: ['-1', '1.5'],
  TRUST_TENANT_HEADER: ['yes'],
  RUNTIMES: [',', ' , '],
  ENGINE_NAMESPACE: ['Upper', '-a', 'a--b', 'a/b', 'a:b'],
  WARM_POOL: ['python', 'python=-1', 'python=x', '2', ','],
  CODE_RUNNER_API_KEYS: [','],
  PREBUILDS: ['yes'],
  PREBUILD_NETWORK: ['host', 'some-network'],
  PREBUILD_TIMEOUT: ['0', '1e9'],
  PREBUILD_MEMORY: ['0', '15m'],
  PREBUILD_CPUS: ['0'],
  PREBUILD_MAX_MB: ['0', '1.5'],
  PREBUILD_RESERVE_MB: ['-1'],
  PREBUILD_CONCURRENCY: ['0', '1.5'],
  INLINE_DEPENDENCIES: ['maybe'],
  CLEANUP_INTERVAL_HOURS: ['0', '-1'],
  CLEANUP_MAX_AGE_DAYS: ['-1'],
};

for (const [name, values] of Object.entries(REFUSED)) {
  test(`${name} refuses invalid values`, () => {
    for (const value of values) {
      const problems = problemsOf({ [name]: value });
      assert.ok(problems[0]?.startsWith(`${name} `), `${name}=${value}: ${problems}`);
    }
  });
}

test('the limits per tenant default to the limits of all tenants together', () => {
  const { admission } = parseConfig({ MAX_CONCURRENT_RUNS: '7', MAX_QUEUE: '9' });
  assert.deepEqual([admission.maxConcurrentRunsPerTenant, admission.maxQueuePerTenant], [7, 9]);
});

test('no default may be above its ceiling', () => {
  const pairs = {
    DEFAULT_TIMEOUT: '301',
    DEFAULT_COMPILE_TIMEOUT: '301',
    DEFAULT_MEMORY: '2049m',
    DEFAULT_CPUS: '4.1',
    DEFAULT_DISK: '5001m',
    DEFAULT_PIDS: '1025',
    DEFAULT_OUTPUT: '17m',
  };
  const problems = problemsOf(pairs);
  assert.equal(problems.length, 7);
  for (const [index, name] of Object.keys(pairs).entries()) {
    assert.match(problems[index] ?? '', new RegExp(`^${name} is above MAX_`));
  }
});

test('MAX_BYTES_IN_FLIGHT must be large enough for the largest allowed body', () => {
  assert.deepEqual(problemsOf({ MAX_BODY_BYTES: '10000', MAX_BYTES_IN_FLIGHT: '19999' }), [
    'MAX_BYTES_IN_FLIGHT must be at least twice MAX_BODY_BYTES',
  ]);
  assert.equal(parseConfig({ MAX_BODY_BYTES: '10000', MAX_BYTES_IN_FLIGHT: '20000' }).maxBytesInFlight, 20_000);
});

test('a default that the network policy forbids is refused', () => {
  assert.deepEqual(problemsOf({ DEFAULT_ALLOW_NETWORK: 'true', NETWORK_POLICY: 'never' }), [
    'DEFAULT_ALLOW_NETWORK is true but NETWORK_POLICY is never',
  ]);
});

test('all problems are reported at once', () => {
  const bad = Object.fromEntries(Object.entries(REFUSED).map(([name, [value = '']]) => [name, value]));
  const named = problemsOf(bad).map((problem) => problem.split(' ')[0]);
  assert.deepEqual(
    Object.keys(bad).filter((name) => !named.includes(name)),
    [],
  );
});

test('a problem never shows the value of a secret', () => {
  const problems = problemsOf({ AUTH_TOKEN: 'hush', CODE_RUNNER_API_KEYS: 'psst', PORT: 'x' });
  assert.doesNotMatch(problems.join(), /hush|psst/);
});

test('the configuration cannot be changed', () => {
  assert.ok(Object.isFrozen(parseConfig({})));
});
