import type { ContainerOptions } from './api/container-options.ts';
import { NO_TERMINALS } from './host-config.ts';

const MEBIBYTE = 1024 ** 2;
const CPU_PERIOD_US = 100_000;
/** Little against the runs', so that a build waits for them and not they for it. */
const CPU_SHARES = 32;
const PIDS = 1024;
const OPEN_FILES = 4096;
const SHARED_MEMORY_BYTES = 64 * MEBIBYTE;

/**
 * What root needs to install packages. Not among them: making device nodes, giving files capabilities, raw sockets, tracing
 * processes, and everything that reaches past the container.
 */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'];

/** What a build may use. */
export interface BuildLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
}

export interface BuildIdentity {
  readonly name: string;
  /** Id of the image to build on. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ociRuntime: string | undefined;
  /** `undefined`: none. */
  readonly network: string | undefined;
}

/** The container of a build: root of a writable image, with sandbox-init as PID 1, and gone when its standard input ends. */
export function buildContainerOptions(limits: BuildLimits, identity: BuildIdentity): ContainerOptions {
  return {
    name: identity.name,
    Image: identity.image,
    Entrypoint: ['/sandbox-init'],
    Cmd: [],
    User: '0:0',
    WorkingDir: '/workspace',
    Hostname: 'build',
    Labels: { ...identity.labels },
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    NetworkDisabled: identity.network === undefined,
    HostConfig: {
      AutoRemove: true,
      CapDrop: ['ALL'],
      CapAdd: CAPABILITIES,
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      IpcMode: 'private',
      LogConfig: { Type: 'none', Config: {} },
      Init: false,
      Tmpfs: NO_TERMINALS,
      ShmSize: SHARED_MEMORY_BYTES,
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: PIDS,
      CpuShares: CPU_SHARES,
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: Math.round(limits.cpus * CPU_PERIOD_US),
      Ulimits: [
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
      ],
      ...(identity.network === undefined ? {} : { NetworkMode: identity.network }),
      ...(identity.ociRuntime === undefined ? {} : { Runtime: identity.ociRuntime }),
    },
  };
}
