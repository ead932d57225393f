/** What a run may use. Times in milliseconds, sizes in bytes, `cpus` in cores. */
export interface Limits extends SandboxLimits {
  readonly timeoutMs: number;
  readonly compileTimeoutMs: number;
  readonly cpuTimeoutMs: number | undefined;
  /** Bytes kept of each output stream. */
  readonly outputBytes: number;
}

/** The limits of a sandbox, which it has before a program runs in it. */
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
 * Every limit of a sandbox, and whether a program inside can observe it by other means than timing. The keys of the pool and of the
 * compile cache are built from this table. A limit without a row does not compile.
 */
const SANDBOX_LIMITS = {
  memoryBytes: { showsInside: true },
  cpuShares: { showsInside: false },
  cpus: { showsInside: false },
  diskBytes: { showsInside: true },
  pids: { showsInside: true },
  network: { showsInside: true },
} as const satisfies Record<keyof SandboxLimits, { readonly showsInside: boolean }>;

/** The values of the limits in a fixed order: all of them, or only those with this `showsInside`. */
export function sandboxLimitValues(limits: SandboxLimits, showsInside?: boolean): (number | boolean)[] {
  const names = Object.keys(SANDBOX_LIMITS) as (keyof SandboxLimits)[];
  return names
    .filter((name) => showsInside === undefined || SANDBOX_LIMITS[name].showsInside === showsInside)
    .map((name) => limits[name]);
}

/** Whether all limits of two sandboxes are the same. */
export function haveSameLimits(a: SandboxLimits, b: SandboxLimits): boolean {
  return (Object.keys(SANDBOX_LIMITS) as (keyof SandboxLimits)[]).every((name) => a[name] === b[name]);
}

/** A program is killed when it has written its output limit times this factor to one stream. */
export const OUTPUT_KILL_FACTOR = 16;

/** The smallest allowed values. With less, the sandbox itself would not start. */
export const FLOORS = {
  memoryBytes: 16 * 1024 ** 2,
  diskBytes: 1024 ** 2,
  pids: 1,
  cpus: 0.01,
  outputBytes: 1,
  timeoutMs: 1,
} as const;

/** The default and the ceiling of a limit. */
export interface Bounds {
  readonly default: number;
  readonly max: number;
}

/** The operator's defaults and ceilings. A value above a ceiling is refused, never reduced. */
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
  /** Bytes of `code` and `files` together. */
  readonly maxCodeBytes: number;
  readonly maxFiles: number;
  readonly maxStdinBytes: number;
  readonly maxBodyBytes: number;
  readonly maxOutputFilesBytes: number;
  /** Tests of one judged run. */
  readonly maxTests: number;
}

/** The CPU shares that the kernel accepts. */
export const CPU_SHARES_RANGE = { min: 2, max: 262_144 } as const;

/** The limits of a run that sets none. */
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
