import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultLimits, type SandboxLimits } from '../../../src/core/limits.ts';
import {
  type BuildIdentity,
  buildContainer,
  cellResources,
  ownLimits,
  type SandboxIdentity,
  sandboxContainer,
} from '../../../src/engines/docker/container-config.ts';
import { MEBIBYTE, POLICY } from '../../fixtures.ts';

const IDENTITY: SandboxIdentity = {
  uid: 100_007,
  name: 'code-runner-1',
  labels: { 'code-runner.sandbox': '1' },
  ociRuntime: undefined,
  network: 'egress',
  ipv6: true,
  maxCells: 100,
};

function options(limits: Partial<SandboxLimits> = {}, identity: Partial<SandboxIdentity> = {}) {
  return sandboxContainer(
    { image: 'code-runner-python', limits: { ...defaultLimits(POLICY), ...limits }, isolation: 'container' },
    { ...IDENTITY, ...identity },
  );
}

function hostConfig(limits: Partial<SandboxLimits> = {}, identity: Partial<SandboxIdentity> = {}) {
  const { HostConfig } = options(limits, identity);
  assert.ok(HostConfig);
  return HostConfig;
}

/** One line per protection: its purpose, and the value that the engine must get. */
const PROTECTIONS: [what: string, key: keyof ReturnType<typeof hostConfig>, value: unknown][] = [
  ['nothing is left behind', 'AutoRemove', true],
  ['the image cannot be changed', 'ReadonlyRootfs', true],
  ['no capabilities', 'CapDrop', ['ALL']],
  ['no set-uid programs', 'SecurityOpt', ['no-new-privileges']],
  ['not privileged', 'Privileged', false],
  ['no shared memory with others', 'IpcMode', 'private'],
  ['output is not written to the host', 'LogConfig', { Type: 'none', Config: {} }],
  ['sandbox-init is PID 1', 'Init', false],
  ['memory', 'Memory', 256 * MEBIBYTE],
  ['no swap beyond memory', 'MemorySwap', 256 * MEBIBYTE],
  ['processes', 'PidsLimit', 129],
  ['CPU weight', 'CpuShares', 512],
  ['CPU period', 'CpuPeriod', 100_000],
  ['CPU quota', 'CpuQuota', 100_000],
  ['shared memory is bounded', 'ShmSize', 512 * MEBIBYTE],
  [
    'no core dumps, bounded open files',
    'Ulimits',
    [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: 1024, Hard: 1024 },
    ],
  ],
  [
    'writable file systems are sized, without devices and set-uid',
    'Tmpfs',
    {
      '/workspace': 'rw,exec,nosuid,nodev,size=536870912,nr_inodes=65536,mode=0755,uid=100007,gid=1000',
      '/tmp': 'rw,exec,nosuid,nodev,size=536870912,nr_inodes=65536,mode=1777,uid=100007,gid=1000',
      '/dev/pts': 'ro,noexec,nosuid,nodev,size=4096,nr_inodes=1,mode=0555',
    },
  ],
];

for (const [what, key, value] of PROTECTIONS) {
  test(`${key}: ${what}`, () => assert.deepEqual(hostConfig()[key], value));
}

test('nothing else is requested from the host: no mounts, devices, namespaces or capabilities', () => {
  assert.deepEqual(Object.keys(hostConfig()).sort(), PROTECTIONS.map(([, key]) => key).sort());
});

const CONTAINER = {
  name: 'code-runner-1',
  Image: 'code-runner-python',
  Entrypoint: ['/sandbox-init'],
  Cmd: [],
  User: '100007:1000',
  WorkingDir: '/workspace',
  Hostname: 'sandbox',
  Labels: { 'code-runner.sandbox': '1' },
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: true,
  StdinOnce: true,
  Tty: false,
  NetworkDisabled: true,
};

for (const [key, value] of Object.entries(CONTAINER)) {
  test(`container: ${key}`, () => assert.deepEqual(Reflect.get(options(), key), value));
}

test('nothing else is set for the container', () => {
  assert.deepEqual(Object.keys(options()).sort(), [...Object.keys(CONTAINER), 'HostConfig'].sort());
});

test('only sandboxes with network access get a network, and only that of sandboxes', () => {
  assert.equal(options({ network: false }).NetworkDisabled, true);
  assert.equal(hostConfig({ network: false }).NetworkMode, undefined);
  assert.equal(options({ network: true }).NetworkDisabled, false);
  assert.equal(hostConfig({ network: true }).NetworkMode, 'egress');
});

test('with a network the loopback interface keeps its IPv6 address, if the kernel has IPv6', () => {
  assert.deepEqual(hostConfig({ network: true }).Sysctls, { 'net.ipv6.conf.lo.disable_ipv6': '0' });
  assert.equal('Sysctls' in hostConfig({ network: true }, { ipv6: false }), false);
});

test('the OCI runtime of the operator, else the engine’s own', () => {
  assert.equal('Runtime' in hostConfig(), false);
  assert.equal(hostConfig({}, { ociRuntime: 'runsc' }).Runtime, 'runsc');
});

test('every limit is passed on', () => {
  const config = hostConfig({ memoryBytes: 64 * MEBIBYTE, diskBytes: 3 * MEBIBYTE, pids: 7, cpuShares: 2, cpus: 2.5 });
  assert.equal(config.Memory, 64 * MEBIBYTE);
  assert.equal(config.MemorySwap, 64 * MEBIBYTE);
  assert.equal(config.ShmSize, 3 * MEBIBYTE);
  assert.equal(config.PidsLimit, 8);
  assert.equal(config.CpuShares, 2);
  assert.equal(config.CpuQuota, 250_000);
  for (const mount of ['/workspace', '/tmp']) assert.match(config.Tmpfs?.[mount] ?? '', /,size=3145728,/);
});

test('with more processes, each may have fewer open files, but never fewer than a program needs', () => {
  const perProcess = [1, 128, 256, 512, 1024].map((pids) => hostConfig({ pids }).Ulimits?.[1]?.Hard);
  assert.deepEqual(perProcess, [1024, 1024, 512, 256, 256]);
});

test('no limit is ever 0, which would mean no limit', () => {
  const config = hostConfig({ cpus: 0.000_001, pids: 1 });
  assert.equal(config.CpuQuota, 1000);
  assert.equal(config.PidsLimit, 2);
});

function cellOptions(limits: Partial<SandboxLimits> = {}, identity: Partial<SandboxIdentity> = {}) {
  const options = sandboxContainer(
    { image: 'code-runner-python', limits: { ...defaultLimits(POLICY), ...limits }, isolation: 'cell' },
    { ...IDENTITY, ...identity },
  );
  assert.ok(options.HostConfig);
  return { ...options, HostConfig: options.HostConfig };
}

/** sandbox-init's seccomp profile as the engine wants it. */
const PROFILE = JSON.stringify(JSON.parse(readFileSync('sandbox-init/seccomp-cells.json', 'utf8')));

/** In what the container of cells differs from a sandbox's own; that it is the same in all else is what the test below says. */
const OF_CELLS: [what: string, key: keyof ReturnType<typeof hostConfig> | 'ReadonlyPaths', value: unknown][] = [
  ['it may make namespaces and mount', 'SecurityOpt', ['no-new-privileges', `seccomp=${PROFILE}`]],
  ['only what a /proc mounted in it does not show is hidden by the engine', 'MaskedPaths', ['/sys/firmware']],
  ['a cell can mount its /proc only where the container’s is whole', 'ReadonlyPaths', []],
  ['both inits and the cell made ahead take processes', 'PidsLimit', 131],
  [
    'a cell brings its own file systems',
    'Tmpfs',
    { '/dev/pts': 'ro,noexec,nosuid,nodev,size=4096,nr_inodes=1,mode=0555' },
  ],
];

const FORK_SERVER = {
  argv: ['/usr/bin/python3', 'main.py'],
  environment: { A: '1=2' },
  hasInput: false,
  mainFile: 'main.py',
};

test('a container with a fork server may enter namespaces, has room for it, and is otherwise the same', () => {
  const { Cmd, HostConfig, ...rest } = cellOptions({}, { forkServer: FORK_SERVER });
  const without = cellOptions();
  const argv = ['fork_arg=/usr/bin/python3', 'fork_arg=main.py', 'fork_env=A=1=2'];
  assert.deepEqual(Cmd, [...(without.Cmd ?? []), ...argv]);
  assert.deepEqual({ ...rest, Cmd: without.Cmd, HostConfig: without.HostConfig }, without);
  const profile = JSON.parse(PROFILE);
  profile.syscalls.push({ names: ['setns'], action: 'SCMP_ACT_ALLOW' });
  const SecurityOpt = ['no-new-privileges', `seccomp=${JSON.stringify(profile)}`];
  assert.deepEqual(HostConfig, { ...without.HostConfig, SecurityOpt, PidsLimit: 135 });
});

for (const [what, key, value] of OF_CELLS) {
  test(`${key} of a container with cells: ${what}`, () => {
    assert.deepEqual(Reflect.get(cellOptions().HostConfig, key), value);
    assert.notDeepEqual(Reflect.get(hostConfig(), key), value);
  });
}

test('in all else a container with cells is confined as a sandbox is', () => {
  const own = OF_CELLS.map(([, key]) => String(key));
  const others = (config: object) => Object.fromEntries(Object.entries(config).filter(([key]) => !own.includes(key)));
  assert.deepEqual(others(cellOptions().HostConfig), others(hostConfig()));
});

test('the container of cells starts sandbox-init with what each cell may have, and is otherwise a sandbox’s', () => {
  const { HostConfig: _, ...container } = cellOptions();
  const Cmd = ['cells', 'count=100', 'disk_bytes=536870912', 'inodes=65536'];
  assert.deepEqual(container, { ...CONTAINER, Cmd });
});

test('every limit reaches its place in a container with cells', () => {
  const { Cmd, HostConfig } = cellOptions(
    { diskBytes: 3 * MEBIBYTE, pids: 7, memoryBytes: 64 * MEBIBYTE },
    { maxCells: 5 },
  );
  assert.deepEqual(Cmd, ['cells', 'count=5', 'disk_bytes=3145728', 'inodes=65536']);
  assert.deepEqual([HostConfig.PidsLimit, HostConfig.Memory, HostConfig.ShmSize], [10, 64 * MEBIBYTE, 3 * MEBIBYTE]);
});

const BUILD_IDENTITY: BuildIdentity = {
  name: 'code-runner-build-1',
  image: 'sha256:1',
  labels: { 'code-runner.sandbox': '1' },
  ociRuntime: undefined,
  network: undefined,
};

function build(identity: Partial<BuildIdentity> = {}) {
  const options = buildContainer({ memoryBytes: 1024 * MEBIBYTE, cpus: 1.5 }, { ...BUILD_IDENTITY, ...identity });
  assert.ok(options.HostConfig);
  return { ...options, HostConfig: options.HostConfig };
}

/** How a build differs from a sandbox. The tests below check that everything else is the same. */
const OF_A_BUILD: [what: string, key: keyof ReturnType<typeof hostConfig>, value: unknown][] = [
  ['it changes the image', 'ReadonlyRootfs', undefined],
  [
    'what root needs to install packages: no devices, file capabilities, raw sockets, tracing',
    'CapAdd',
    ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'],
  ],
  [
    'it writes its files into the image',
    'Tmpfs',
    { '/dev/pts': 'ro,noexec,nosuid,nodev,size=4096,nr_inodes=1,mode=0555' },
  ],
  ['shared memory is bounded', 'ShmSize', 64 * MEBIBYTE],
  ['memory', 'Memory', 1024 * MEBIBYTE],
  ['no swap beyond memory', 'MemorySwap', 1024 * MEBIBYTE],
  ['processes', 'PidsLimit', 1024],
  ['a build waits for runs', 'CpuShares', 32],
  ['CPU quota', 'CpuQuota', 150_000],
  [
    'no core dumps, bounded open files',
    'Ulimits',
    [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: 4096, Hard: 4096 },
    ],
  ],
];

for (const [what, key, value] of OF_A_BUILD) {
  test(`a build’s ${key}: ${what}`, () => assert.deepEqual(build().HostConfig[key], value));
}

test('in everything else a build is confined like a sandbox', () => {
  const own = OF_A_BUILD.map(([, key]) => String(key));
  const others = (config: object) => Object.fromEntries(Object.entries(config).filter(([key]) => !own.includes(key)));
  assert.deepEqual(others(build().HostConfig), others(hostConfig()));
});

test('a build runs as root, and its container is otherwise like a sandbox’s', () => {
  const { HostConfig: _, ...container } = build();
  assert.deepEqual(container, {
    ...CONTAINER,
    name: 'code-runner-build-1',
    Image: 'sha256:1',
    User: '0:0',
    Hostname: 'build',
  });
});

test('a build has the network of builds, or none', () => {
  assert.deepEqual([build().NetworkDisabled, build().HostConfig.NetworkMode], [true, undefined]);
  const connected = build({ network: 'builds' });
  assert.deepEqual([connected.NetworkDisabled, connected.HostConfig.NetworkMode], [false, 'builds']);
  assert.equal(build({ ociRuntime: 'runsc' }).HostConfig.Runtime, 'runsc');
});

test('what an update changes in a container with cells is what it would have been created with', () => {
  const usual = defaultLimits(POLICY);
  for (const change of [{ memoryBytes: 64 * MEBIBYTE }, { cpus: 0.5 }, { cpus: 0 }, { cpuShares: 2 }, { pids: 300 }]) {
    for (const forkServer of [undefined, FORK_SERVER]) {
      const resources = cellResources({ ...usual, ...change }, forkServer !== undefined);
      const created = Object.entries(cellOptions(change, { forkServer }).HostConfig);
      assert.deepEqual(resources, Object.fromEntries(created.filter(([key]) => key in resources)));
      assert.notDeepEqual(resources, cellResources(usual, forkServer !== undefined));
      assert.equal(resources.Memory, resources.MemorySwap);
    }
  }
});

test('a cell sets what its container does not say', () => {
  const created = defaultLimits(POLICY);
  const own = (change: Partial<SandboxLimits>) => ownLimits({ ...created, ...change }, created);
  assert.deepEqual(own({ memoryBytes: 64 * MEBIBYTE, cpus: 2, pids: 1 }), {});
  assert.deepEqual(own({ diskBytes: MEBIBYTE }), { diskBytes: MEBIBYTE });
  assert.deepEqual(own({ pids: 300 }), { openFiles: 436 });
  assert.deepEqual(
    ownLimits(created, { ...created, pids: 300 }),
    {},
    'the container allows the most, whatever it was created for',
  );
  for (const pids of [1, 128, 300, 2000])
    assert.deepEqual(cellOptions({ pids }).HostConfig.Ulimits?.at(-1), { Name: 'nofile', Soft: 1024, Hard: 1024 });
});
