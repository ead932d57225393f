import type { Field } from '../errors.ts';
import { type Bounds, CPU_SHARES_RANGE, defaultLimits, FLOORS, type LimitPolicy, type Limits } from '../limits.ts';
import { formatSize, parseSize } from '../size.ts';
import type { LimitsDraft, Maybe, Size, TimesDraft } from './draft.ts';
import type { Violations } from './violations.ts';

export const SIZE_FORM = 'must be a size such as 256m or 1GiB, or a number of bytes';

/** The allowed range of a number. `ceiling` is the variable that sets the maximum. */
interface Range {
  readonly min: number;
  readonly max: number;
  readonly ceiling?: string;
  readonly isWhole?: boolean;
  readonly format?: (value: number) => string;
}

/** Checks the limits of a draft. Limits that it leaves out get the operator's defaults. */
export function checkLimits(draft: LimitsDraft, policy: LimitPolicy, found: Violations): Limits {
  const number = (name: keyof LimitsDraft, value: Maybe<number>, range: Range) => {
    if (value != null) found.addIf([name], rangeProblem(value, range));
    return value ?? undefined;
  };
  const size = (name: keyof LimitsDraft, value: Maybe<Size>, range: Range) => {
    const bytes = value == null ? undefined : parseSize(value);
    if (value != null && bytes === undefined) found.add([name], SIZE_FORM);
    return number(name, bytes, { ...range, format: formatSize });
  };
  const { memoryBytes, diskBytes, pids, outputBytes, cpus } = policy;
  const given = {
    ...checkTimes(draft, policy, { found, at: [] }),
    compileTimeoutMs: checkTime(draft.compileTimeoutMs, compileTime(policy), { found, at: ['compileTimeoutMs'] }),
    memoryBytes: size('memoryBytes', draft.memoryBytes, between(FLOORS.memoryBytes, memoryBytes, 'MAX_MEMORY_MB')),
    cpuShares: number('cpuShares', draft.cpuShares, { ...CPU_SHARES_RANGE, isWhole: true }),
    cpus: number('cpus', draft.cpus, between(FLOORS.cpus, cpus, 'MAX_CPU_CORES')),
    diskBytes: size('diskBytes', draft.diskBytes, between(FLOORS.diskBytes, diskBytes, 'MAX_DISK_MB')),
    pids: number('pids', draft.pids, { ...between(FLOORS.pids, pids, 'MAX_PIDS'), isWhole: true }),
    outputBytes: size('outputBytes', draft.outputBytes, between(FLOORS.outputBytes, outputBytes, 'MAX_OUTPUT')),
    network: checkNetwork(draft.network, policy, found),
  };
  return withDefaults(given, defaultLimits(policy));
}

interface Place {
  readonly found: Violations;
  readonly at: Field;
}

/** Checks the time limits that a single test can set, too. */
export function checkTimes(draft: TimesDraft, { timeoutMs }: LimitPolicy, { found, at }: Place) {
  const range = between(FLOORS.timeoutMs, timeoutMs, 'MAX_TIMEOUT');
  return {
    timeoutMs: checkTime(draft.timeoutMs, range, { found, at: [...at, 'timeoutMs'] }),
    cpuTimeoutMs: checkTime(draft.cpuTimeoutMs, range, { found, at: [...at, 'cpuTimeoutMs'] }),
  };
}

/** Rounds to whole milliseconds, at least 1, because 0 would mean no limit. */
function checkTime(value: Maybe<number>, { max, ceiling }: Range, { found, at }: Place): number | undefined {
  if (value == null) return undefined;
  if (!(value > 0)) found.add(at, 'must be more than 0');
  else if (value > max) found.add(at, `must be at most ${max / 1000} seconds (${ceiling})`);
  return Math.max(1, Math.round(value));
}

function checkNetwork(wanted: Maybe<boolean>, { networkAllowed }: LimitPolicy, found: Violations): boolean | undefined {
  if (wanted && !networkAllowed)
    found.add(['network'], 'must be false: the operator does not allow network access (NETWORK_POLICY)');
  return wanted ?? undefined;
}

function compileTime({ compileTimeoutMs }: LimitPolicy): Range {
  return between(FLOORS.timeoutMs, compileTimeoutMs, 'MAX_COMPILE_TIMEOUT');
}

function between(min: number, { max }: Bounds, ceiling: string): Range {
  return { min, max, ceiling };
}

function rangeProblem(
  value: number,
  { min, max, ceiling, isWhole = false, format = String }: Range,
): string | undefined {
  if (isWhole && !Number.isInteger(value)) return `must be a whole number from ${format(min)} to ${format(max)}`;
  if (!(value >= min)) return `must be at least ${format(min)}`;
  return value > max ? `must be at most ${format(max)}${ceiling === undefined ? '' : ` (${ceiling})`}` : undefined;
}

type Given = { readonly [Name in keyof Limits]: Limits[Name] | undefined };

function withDefaults(given: Given, defaults: Limits): Limits {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said) };
}
