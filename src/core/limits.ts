/** What a run may use. Times in milliseconds, sizes in bytes, `cpus` in cores. */
export interface Limits extends SandboxLimits {
  readonly timeoutMs: number;
  readonly compileTimeoutMs: number;
  readonly cpuTimeoutMs: number | undefined;
  /** Bytes kept of each output stream. */
  readonly outputBytes: number;
}

/** The part of the limits that is fixed when a sandbox is created. */
export interface SandboxLimits {
  readonly memoryBytes: number;
  readonly cpuShares: number;
  readonly cpus: number;
  /** Size of each writable tmpfs. */
  readonly diskBytes: number;
  /** Processes and threads of the program. */
  readonly pids: number;
  readonly network: boolean;
}

/**
 * Every limit of a sandbox, and whether a program inside can tell it by anything but a clock. Keys of what is shared between runs are
 * made from this table: a limit without a row does not compile.
 */
const SANDBOX_LIMITS = {
  memoryBytes: { showsInside: true },
  cpuShares: { showsInside: false },
  cpus: { showsInside: false },
  diskBytes: { showsInside: true },
  pids: { showsInside: true },
  network: { showsInside: true },
} as const satisfies Record<keyof SandboxLimits, { readonly showsInside: boolean }>;

/** The values of all limits in a fixed order, or only of those that do or do not show inside. */
export function sandboxLimitValues(limits: SandboxLimits, showsInside?: boolean): (number | boolean)[] {
  const names = Object.keys(SANDBOX_LIMITS) as (keyof SandboxLimits)[];
  return names
    .filter((name) => showsInside === undefined || SANDBOX_LIMITS[name].showsInside === showsInside)
    .map((name) => limits[name]);
}

/** A program is killed when it has written this many times its output limit to one stream. */
export const OUTPUT_KILL_FACTOR = 16;

/** Smallest values that make sense: below them the sandbox itself would not start. */
export const FLOORS = {
  memoryBytes: 16 * 1024 ** 2,
  diskBytes: 1024 ** 2,
  pids: 1,
  cpus: 0.01,
  outputBytes: 1,
  timeoutMs: 1,
} as const;

/** A size or number that a caller may choose: used when nothing is said, and the most that may be asked for. */
export interface Bounds {
  readonly default: number;
  readonly max: number;
}

/** The operator's word on limits. Everything above a `max` is refused, never clamped. */
export interface LimitPolicy {
  readonly timeoutMs: Bounds;
  readonly compileTimeoutMs: Bounds;
  readonly memoryBytes: Bounds;
  readonly cpuShares: Bounds;
  readonly cpus: Bounds;
  readonly diskBytes: Bounds;
  readonly pids: Bounds;
  readonly outputBytes: Bounds;
  readonly networkDefault: boolean;
  readonly networkAllowed: boolean;
  /** `code` and `files` together. */
  readonly maxCodeBytes: number;
  readonly maxFiles: number;
  readonly maxStdinBytes: number;
  readonly maxBodyBytes: number;
  readonly maxOutputFilesBytes: number;
  /** Tests of one judged run. */
  readonly maxTests: number;
}

/** CPU shares that the kernel accepts. */
export const CPU_SHARES_RANGE = { min: 2, max: 262_144 } as const;

/** The limits of a run that asks for nothing. */
export function defaultLimits(policy: LimitPolicy): Limits {
  return {
    timeoutMs: policy.timeoutMs.default,
    compileTimeoutMs: policy.compileTimeoutMs.default,
    cpuTimeoutMs: undefined,
    memoryBytes: policy.memoryBytes.default,
    cpuShares: policy.cpuShares.default,
    cpus: policy.cpus.default,
    diskBytes: policy.diskBytes.default,
    pids: policy.pids.default,
    outputBytes: policy.outputBytes.default,
    network: policy.networkDefault,
  };
}
