import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { SandboxSpec } from '../../core/command.ts';
import { FLOORS } from '../../core/limits.ts';
import { SANDBOX_GID } from './sandbox-uid.ts';

/** sandbox-init itself takes one process of the container's limit. */
const INIT_PIDS = 1;
/** Files and directories in each writable tmpfs. */
const TMPFS_INODES = 65_536;
const OPEN_FILES = 1024;
const CPU_PERIOD_US = 100_000;

export interface SandboxIdentity {
  /** Of everything in the sandbox, and of nothing else. */
  readonly uid: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The OCI runtime; `undefined` leaves the engine's default. */
  readonly ociRuntime: string | undefined;
  /** The network of a sandbox that is allowed one. */
  readonly network: string;
}

/** The container of a sandbox: one process tree that starts with sandbox-init and lives as long as its standard input. */
export function containerOptions(spec: SandboxSpec, identity: SandboxIdentity): ContainerCreateOptions {
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
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
    ],
    ...(limits.network ? { NetworkMode: identity.network } : {}),
    ...(identity.ociRuntime === undefined ? {} : { Runtime: identity.ociRuntime }),
  };
}

function tmpfsOptions(sizeBytes: number, uid: number, mode: string): string {
  const owner = `uid=${uid},gid=${SANDBOX_GID}`;
  return `rw,exec,nosuid,nodev,size=${sizeBytes},nr_inodes=${TMPFS_INODES},mode=${mode},${owner}`;
}
