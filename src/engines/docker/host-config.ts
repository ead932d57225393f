import type { ContainerResources, HostConfig } from './api/container-options.ts';

const CPU_PERIOD_US = 100_000;

/**
 * An empty directory in place of the engine's pseudo-terminals. The kernel limits those for the whole machine (`kernel.pty.max`), and
 * the engine cannot limit them per container, so a few runs could take them all. Opening `/dev/ptmx` fails with ENOENT.
 */
export const NO_TERMINALS: Readonly<Record<string, string>> = {
  '/dev/pts': 'ro,noexec,nosuid,nodev,size=4096,nr_inodes=1,mode=0555',
};

/** Everything in which containers differ. */
export interface HostLimits {
  readonly memoryBytes: number;
  readonly sharedMemoryBytes: number;
  readonly pids: number;
  readonly cpuShares: number;
  readonly cpus: number;
  /** Limit for each process. */
  readonly openFiles: number;
  readonly rootFileSystem: 'read-only' | 'writable';
  readonly capabilities: readonly string[];
  /** Mount options of the tmpfs file systems, by path. */
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly sysctls: Readonly<Record<string, string>>;
  /** As JSON; `undefined` uses the engine's default. */
  readonly seccompProfile: string | undefined;
  /** Paths that are hidden, in place of all that the engine hides or makes read-only; `undefined` uses the engine's defaults. */
  readonly maskedPaths: readonly string[] | undefined;
  /** `undefined`: no network. */
  readonly network: string | undefined;
  /** The OCI runtime; `undefined` uses the engine's default. */
  readonly ociRuntime: string | undefined;
}

/** The limits that the engine can change while the container runs. */
export function containerResources(
  limits: Pick<HostLimits, 'memoryBytes' | 'pids' | 'cpuShares' | 'cpus'>,
): ContainerResources {
  return {
    Memory: limits.memoryBytes,
    MemorySwap: limits.memoryBytes,
    PidsLimit: limits.pids,
    CpuShares: limits.cpuShares,
    CpuPeriod: CPU_PERIOD_US,
    CpuQuota: Math.round(limits.cpus * CPU_PERIOD_US),
  };
}

/** The hardening: everything that confines a program to its container and its limits. */
export function hostConfig(limits: HostLimits): HostConfig {
  return {
    AutoRemove: true,
    ...(limits.rootFileSystem === 'read-only' ? { ReadonlyRootfs: true } : {}),
    CapDrop: ['ALL'],
    ...(limits.capabilities.length > 0 ? { CapAdd: [...limits.capabilities] } : {}),
    SecurityOpt: [
      'no-new-privileges',
      ...(limits.seccompProfile === undefined ? [] : [`seccomp=${limits.seccompProfile}`]),
    ],
    Privileged: false,
    ...(limits.maskedPaths === undefined ? {} : { MaskedPaths: [...limits.maskedPaths], ReadonlyPaths: [] }),
    IpcMode: 'private',
    LogConfig: { Type: 'none', Config: {} },
    Init: false,
    Tmpfs: { ...limits.tmpfs, ...NO_TERMINALS },
    ShmSize: limits.sharedMemoryBytes,
    ...containerResources(limits),
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: limits.openFiles, Hard: limits.openFiles },
    ],
    ...(Object.keys(limits.sysctls).length > 0 ? { Sysctls: { ...limits.sysctls } } : {}),
    ...(limits.network === undefined ? {} : { NetworkMode: limits.network }),
    ...(limits.ociRuntime === undefined ? {} : { Runtime: limits.ociRuntime }),
  };
}
