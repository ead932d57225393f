import type { AheadCommand, SandboxSpec } from '../../core/command.ts';
import type { Isolation } from '../../core/isolation.ts';
import { FLOORS, type SandboxLimits } from '../../core/limits.ts';
import type { OwnLimits } from '../../init-protocol/command-fields.ts';
import type { ContainerOptions, ContainerResources, HostConfig } from './api/container-options.ts';
import { CELL_MASKED_PATHS, cellSeccompProfile } from './cell-profile.ts';
import { containerResources, hostConfig } from './host-config.ts';
import { SANDBOX_GID } from './sandbox-uid.ts';

/** Processes of sandbox-init, which count towards the container's limit. With cells: the outer one, and those of this cell and the next. */
const INIT_PIDS = { container: 1, cell: 3 };
/** The fork server, its copy in the next cell, and the two processes that stand between while it makes one. */
const FORK_SERVER_PIDS = 4;
/** Maximum number of files and directories in each writable tmpfs. */
const TMPFS_INODES = 65_536;
/** Open files of a whole sandbox, divided among its processes. The kernel limits them for the whole machine (`fs.file-max`). */
const OPEN_FILES = 131_072;
const OPEN_FILES_PER_PROCESS = { least: 256, most: 1024 };
/** Restores `::1` on the loopback interface. The engine removes it when it disables IPv6 on the bridge. */
const LOOPBACK_IPV6 = { 'net.ipv6.conf.lo.disable_ipv6': '0' };

/** Of a container that is a sandbox itself. */
const OWN = { seccompProfile: undefined, maskedPaths: undefined };
/** Of a container that makes cells: it may mount, and a cell's /proc can be mounted only where the container's is whole. */
const CELL = { seccompProfile: cellSeccompProfile(), maskedPaths: CELL_MASKED_PATHS };
/** Its fork server enters the cells. */
const CELL_WITH_FORK_SERVER = { ...CELL, seccompProfile: cellSeccompProfile('setns') };

const BUILD = {
  sharedMemoryBytes: 64 * 1024 ** 2,
  pids: 1024,
  openFiles: 4096,
  /** Less than the shares of runs, so that builds do not slow runs down. */
  cpuShares: 32,
  /**
   * What root needs to install packages. It cannot make device nodes, give files capabilities, open raw sockets, trace processes, or
   * affect anything outside the container.
   */
  capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'],
};

interface ContainerIdentity {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The OCI runtime; `undefined` uses the engine's default. */
  readonly ociRuntime: string | undefined;
}

export interface SandboxIdentity extends ContainerIdentity {
  /** The uid of all processes and files of the sandbox, and of nothing else. */
  readonly uid: number;
  /** The network of the sandbox if its limits allow one. */
  readonly network: string;
  /** Whether the engine's kernel has IPv6. */
  readonly ipv6: boolean;
  /** Runs that a container with cells serves before it leaves. */
  readonly maxCells: number;
  /** The interpreter that is forked into each cell; left out: none. Only for a container with cells. */
  readonly forkServer?: AheadCommand | undefined;
}

/** The container of a sandbox. Its first process is sandbox-init, which exits when its standard input ends. */
export function sandboxContainer(spec: SandboxSpec, identity: SandboxIdentity): ContainerOptions {
  const { image, limits, isolation } = spec;
  const { uid, ociRuntime, forkServer } = identity;
  const network = limits.network ? identity.network : undefined;
  const host = hostConfig({
    ...hardeningOf(isolation, forkServer),
    ...hostResources(limits, ownProcesses(isolation, forkServer !== undefined)),
    sharedMemoryBytes: limits.diskBytes,
    // A cell can lower it, and nothing can raise it.
    openFiles: isolation === 'cell' ? OPEN_FILES_PER_PROCESS.most : openFiles(limits.pids),
    rootFileSystem: 'read-only',
    capabilities: [],
    // A cell brings its own.
    tmpfs: isolation === 'cell' ? {} : writableRoots(limits.diskBytes, uid),
    sysctls: limits.network && identity.ipv6 ? LOOPBACK_IPV6 : {},
    network,
    ociRuntime,
  });
  const Cmd = isolation === 'cell' ? cellArguments(limits.diskBytes, identity) : [];
  return container(identity, {
    Image: image,
    User: `${uid}:${SANDBOX_GID}`,
    Hostname: 'sandbox',
    Cmd,
    HostConfig: host,
  });
}

function hardeningOf(isolation: Isolation, forkServer: AheadCommand | undefined) {
  if (isolation === 'container') return OWN;
  return forkServer ? CELL_WITH_FORK_SERVER : CELL;
}

function ownProcesses(isolation: Isolation, hasForkServer: boolean): number {
  return INIT_PIDS[isolation] + (hasForkServer ? FORK_SERVER_PIDS : 0);
}

function hostResources({ memoryBytes, pids, cpuShares, cpus }: SandboxLimits, own: number) {
  return { memoryBytes, pids: pids + own, cpuShares, cpus: Math.max(cpus, FLOORS.cpus) };
}

/** What the engine has to change in a container with cells so that the next one has these limits. */
export function cellResources(limits: SandboxLimits, hasForkServer: boolean): ContainerResources {
  return containerResources(hostResources(limits, ownProcesses('cell', hasForkServer)));
}

/** What a cell has to change in itself so that it has these limits, if its container was created with those. Empty: nothing. */
export function ownLimits(limits: SandboxLimits, created: SandboxLimits): OwnLimits {
  const files = openFiles(limits.pids);
  return {
    ...(limits.diskBytes === created.diskBytes ? {} : { diskBytes: limits.diskBytes }),
    ...(files === OPEN_FILES_PER_PROCESS.most ? {} : { openFiles: files }),
  };
}

function cellArguments(diskBytes: number, { maxCells, forkServer }: SandboxIdentity): string[] {
  const sizes = [`count=${maxCells}`, `disk_bytes=${diskBytes}`, `inodes=${TMPFS_INODES}`];
  return ['cells', ...sizes, ...(forkServer ? forkServerArguments(forkServer) : [])];
}

function forkServerArguments({ argv, environment }: AheadCommand): string[] {
  const variables = Object.entries(environment).map(([name, value]) => `fork_env=${name}=${value}`);
  return [...argv.map((argument) => `fork_arg=${argument}`), ...variables];
}

function writableRoots(diskBytes: number, uid: number): Record<string, string> {
  return { '/workspace': tmpfsOptions(diskBytes, uid, '0755'), '/tmp': tmpfsOptions(diskBytes, uid, '1777') };
}

/** Resources of a build. */
export interface BuildLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
}

export interface BuildIdentity extends ContainerIdentity {
  /** Id of the base image. */
  readonly image: string;
  /** `undefined`: no network. */
  readonly network: string | undefined;
}

/** The container of a build, which runs as root on a writable file system. sandbox-init is its first process, as in a sandbox. */
export function buildContainer(limits: BuildLimits, identity: BuildIdentity): ContainerOptions {
  const { image, network, ociRuntime } = identity;
  const host = hostConfig({
    ...BUILD,
    ...OWN,
    memoryBytes: limits.memoryBytes,
    cpus: limits.cpus,
    rootFileSystem: 'writable',
    tmpfs: {},
    sysctls: {},
    network,
    ociRuntime,
  });
  return container(identity, { Image: image, User: '0:0', Hostname: 'build', Cmd: [], HostConfig: host });
}

interface Particulars {
  readonly Image: string;
  readonly User: string;
  readonly Hostname: string;
  readonly Cmd: readonly string[];
  readonly HostConfig: HostConfig;
}

function container({ name, labels }: ContainerIdentity, particulars: Particulars): ContainerOptions {
  return {
    name,
    ...particulars,
    Entrypoint: ['/sandbox-init'],
    WorkingDir: '/workspace',
    Labels: { ...labels },
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    NetworkDisabled: particulars.HostConfig.NetworkMode === undefined,
  };
}

/** How many files each process may have open if there are this many processes. */
export function openFiles(pids: number): number {
  const { least, most } = OPEN_FILES_PER_PROCESS;
  return Math.min(most, Math.max(least, Math.floor(OPEN_FILES / pids)));
}

function tmpfsOptions(sizeBytes: number, uid: number, mode: string): string {
  const owner = `uid=${uid},gid=${SANDBOX_GID}`;
  return `rw,exec,nosuid,nodev,size=${sizeBytes},nr_inodes=${TMPFS_INODES},mode=${mode},${owner}`;
}
