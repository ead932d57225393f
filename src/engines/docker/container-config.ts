import type { SandboxSpec } from '../../core/command.ts';
import { FLOORS } from '../../core/limits.ts';
import type { ContainerOptions, HostConfig } from './api/container-options.ts';
import { hostConfig } from './host-config.ts';
import { SANDBOX_GID } from './sandbox-uid.ts';

/** sandbox-init itself takes one process of the container's limit. */
const INIT_PIDS = 1;
/** Files and directories in each writable tmpfs. */
const TMPFS_INODES = 65_536;
/** Open files of a whole sandbox, shared out over its processes: the kernel counts them for the machine (`fs.file-max`). */
const OPEN_FILES = 131_072;
const OPEN_FILES_PER_PROCESS = { least: 256, most: 1024 };
/** `::1` on the loopback interface, which the engine takes away with the bridge's IPv6. */
const LOOPBACK_IPV6 = { 'net.ipv6.conf.lo.disable_ipv6': '0' };

const BUILD = {
  sharedMemoryBytes: 64 * 1024 ** 2,
  pids: 1024,
  openFiles: 4096,
  /** Little against the runs', so that a build waits for them and not they for it. */
  cpuShares: 32,
  /**
   * What root needs to install packages. Not among them: making device nodes, giving files capabilities, raw sockets, tracing
   * processes, and everything that reaches past the container.
   */
  capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'],
};

interface ContainerIdentity {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The OCI runtime; `undefined` leaves the engine's default. */
  readonly ociRuntime: string | undefined;
}

export interface SandboxIdentity extends ContainerIdentity {
  /** Of everything in the sandbox, and of nothing else. */
  readonly uid: number;
  /** The network of a sandbox that is allowed one. */
  readonly network: string;
  /** Whether the engine's kernel has IPv6. */
  readonly ipv6: boolean;
}

/** The container of a sandbox: one process tree that starts with sandbox-init and lives as long as its standard input. */
export function sandboxContainer({ image, limits }: SandboxSpec, identity: SandboxIdentity): ContainerOptions {
  const { uid, ociRuntime } = identity;
  const network = limits.network ? identity.network : undefined;
  const host = hostConfig({
    memoryBytes: limits.memoryBytes,
    sharedMemoryBytes: limits.diskBytes,
    pids: limits.pids + INIT_PIDS,
    cpuShares: limits.cpuShares,
    cpus: Math.max(limits.cpus, FLOORS.cpus),
    openFiles: openFiles(limits.pids),
    rootFileSystem: 'read-only',
    capabilities: [],
    tmpfs: {
      '/workspace': tmpfsOptions(limits.diskBytes, uid, '0755'),
      '/tmp': tmpfsOptions(limits.diskBytes, uid, '1777'),
    },
    sysctls: limits.network && identity.ipv6 ? LOOPBACK_IPV6 : {},
    network,
    ociRuntime,
  });
  return container(identity, { Image: image, User: `${uid}:${SANDBOX_GID}`, Hostname: 'sandbox', HostConfig: host });
}

/** What a build may use. */
export interface BuildLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
}

export interface BuildIdentity extends ContainerIdentity {
  /** Id of the image to build on. */
  readonly image: string;
  /** `undefined`: none. */
  readonly network: string | undefined;
}

/** The container of a build: root of a writable image, with sandbox-init as its first process, and gone when its standard input ends. */
export function buildContainer(limits: BuildLimits, identity: BuildIdentity): ContainerOptions {
  const { image, network, ociRuntime } = identity;
  const host = hostConfig({
    ...BUILD,
    memoryBytes: limits.memoryBytes,
    cpus: limits.cpus,
    rootFileSystem: 'writable',
    tmpfs: {},
    sysctls: {},
    network,
    ociRuntime,
  });
  return container(identity, { Image: image, User: '0:0', Hostname: 'build', HostConfig: host });
}

interface Particulars {
  readonly Image: string;
  readonly User: string;
  readonly Hostname: string;
  readonly HostConfig: HostConfig;
}

function container({ name, labels }: ContainerIdentity, particulars: Particulars): ContainerOptions {
  return {
    name,
    ...particulars,
    Entrypoint: ['/sandbox-init'],
    Cmd: [],
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

/** How many files each of so many processes may have open. */
export function openFiles(pids: number): number {
  const { least, most } = OPEN_FILES_PER_PROCESS;
  return Math.min(most, Math.max(least, Math.floor(OPEN_FILES / pids)));
}

function tmpfsOptions(sizeBytes: number, uid: number, mode: string): string {
  const owner = `uid=${uid},gid=${SANDBOX_GID}`;
  return `rw,exec,nosuid,nodev,size=${sizeBytes},nr_inodes=${TMPFS_INODES},mode=${mode},${owner}`;
}
