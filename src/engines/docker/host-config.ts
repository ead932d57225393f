import type { SandboxSpec } from '../../core/command.ts';
import { FLOORS } from '../../core/limits.ts';
import type { ContainerOptions, HostConfig } from './api/container-options.ts';
import { SANDBOX_GID } from './sandbox-uid.ts';

/** sandbox-init itself takes one process of the container's limit. */
const INIT_PIDS = 1;
/** Files and directories in each writable tmpfs. */
const TMPFS_INODES = 65_536;
/** Open files of a whole sandbox, shared out over its processes: the kernel counts them for the machine (`fs.file-max`). */
const OPEN_FILES = 131_072;
const OPEN_FILES_PER_PROCESS = { least: 256, most: 1024 };
const CPU_PERIOD_US = 100_000;

/**
 * An empty directory in place of the engine's pseudo-terminals. The kernel counts those for the machine (`kernel.pty.max`), and the
 * engine has no way to give a container fewer, so a few runs would take them all. Opening `/dev/ptmx` fails with ENOENT.
 */
export const NO_TERMINALS: Readonly<Record<string, string>> = {
  '/dev/pts': 'ro,noexec,nosuid,nodev,size=4096,nr_inodes=1,mode=0555',
};
/** `::1` on the loopback interface, which the engine takes away with the bridge's IPv6. */
const LOOPBACK_IPV6 = { 'net.ipv6.conf.lo.disable_ipv6': '0' };

export interface SandboxIdentity {
  /** Of everything in the sandbox, and of nothing else. */
  readonly uid: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The OCI runtime; `undefined` leaves the engine's default. */
  readonly ociRuntime: string | undefined;
  /** The network of a sandbox that is allowed one. */
  readonly network: string;
  /** Whether the engine's kernel has IPv6. */
  readonly ipv6: boolean;
}

/** The container of a sandbox: one process tree that starts with sandbox-init and lives as long as its standard input. */
export function containerOptions(spec: SandboxSpec, identity: SandboxIdentity): ContainerOptions {
  return {
    name: identity.name,
    Image: spec.image,
    Entrypoint: ['/sandbox-init'],
    Cmd: [],
    User: `${identity.uid}:${SANDBOX_GID}`,
    WorkingDir: '/workspace',
    Hostname: 'sandbox',
    Labels: { ...identity.labels },
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    NetworkDisabled: !spec.limits.network,
    HostConfig: hostConfig(spec, identity),
  };
}

/** The hardening: everything that keeps a program in its sandbox and within its limits. */
function hostConfig({ limits }: SandboxSpec, identity: SandboxIdentity): HostConfig {
  return {
    AutoRemove: true,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    IpcMode: 'private',
    LogConfig: { Type: 'none', Config: {} },
    Init: false,
    Tmpfs: {
      '/workspace': tmpfsOptions(limits.diskBytes, identity.uid, '0755'),
      '/tmp': tmpfsOptions(limits.diskBytes, identity.uid, '1777'),
      ...NO_TERMINALS,
    },
    ShmSize: limits.diskBytes,
    Memory: limits.memoryBytes,
    MemorySwap: limits.memoryBytes,
    PidsLimit: limits.pids + INIT_PIDS,
    CpuShares: limits.cpuShares,
    CpuPeriod: CPU_PERIOD_US,
    CpuQuota: Math.round(Math.max(limits.cpus, FLOORS.cpus) * CPU_PERIOD_US),
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: openFiles(limits.pids), Hard: openFiles(limits.pids) },
    ],
    ...(limits.network ? { NetworkMode: identity.network } : {}),
    ...(limits.network && identity.ipv6 ? { Sysctls: LOOPBACK_IPV6 } : {}),
    ...(identity.ociRuntime === undefined ? {} : { Runtime: identity.ociRuntime }),
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
