/** Options of a new container, as in the engine's API. Only the ones that are used here. */
export interface ContainerOptions {
  readonly name?: string;
  readonly Image: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Hostname?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  readonly Tty?: boolean;
  readonly NetworkDisabled?: boolean;
  readonly HostConfig?: HostConfig;
}

/** What of a container's limits can be changed while it runs, as in the engine's API. */
export interface ContainerResources {
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly PidsLimit?: number;
  readonly CpuShares?: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
}

/** The host configuration of a container, as in the engine's API. */
export interface HostConfig extends ContainerResources {
  readonly AutoRemove?: boolean;
  readonly ReadonlyRootfs?: boolean;
  readonly CapAdd?: readonly string[];
  readonly CapDrop?: readonly string[];
  readonly SecurityOpt?: readonly string[];
  readonly MaskedPaths?: readonly string[];
  readonly ReadonlyPaths?: readonly string[];
  readonly GroupAdd?: readonly string[];
  readonly Privileged?: boolean;
  readonly IpcMode?: string;
  readonly PidMode?: string;
  readonly NetworkMode?: string;
  readonly LogConfig?: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  readonly Init?: boolean;
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly ShmSize?: number;
  readonly Ulimits?: readonly Ulimit[];
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly Runtime?: string;
}

export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}
