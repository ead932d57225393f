import { type Bounds, CPU_SHARES_RANGE, type LimitPolicy } from '../core/limits.ts';
import type { Values } from './values.ts';

/** What a run may ask for. Reports every default that is above its maximum to `onProblem`. */
export function toLimitPolicy(values: Values, onProblem: (problem: string) => void): LimitPolicy {
  const bounds = (name: DefaultName, ceiling: CeilingName): Bounds => {
    if (values[name] > values[ceiling]) onProblem(`${name} is above ${ceiling}`);
    return { default: values[name], max: values[ceiling] };
  };
  return {
    timeoutMs: bounds('DEFAULT_TIMEOUT', 'MAX_TIMEOUT'),
    compileTimeoutMs: bounds('DEFAULT_COMPILE_TIMEOUT', 'MAX_COMPILE_TIMEOUT'),
    memoryBytes: bounds('DEFAULT_MEMORY', 'MAX_MEMORY_MB'),
    cpuShares: { default: values.DEFAULT_CPU_SHARES, max: CPU_SHARES_RANGE.max },
    cpus: bounds('DEFAULT_CPUS', 'MAX_CPU_CORES'),
    diskBytes: bounds('DEFAULT_DISK', 'MAX_DISK_MB'),
    pids: bounds('DEFAULT_PIDS', 'MAX_PIDS'),
    outputBytes: bounds('DEFAULT_OUTPUT', 'MAX_OUTPUT'),
    networkDefault: values.DEFAULT_ALLOW_NETWORK,
    networkAllowed: values.NETWORK_POLICY === 'allow',
    maxCodeBytes: values.MAX_CODE_BYTES,
    maxFiles: values.MAX_FILES,
    maxStdinBytes: values.MAX_STDIN_BYTES,
    maxBodyBytes: values.MAX_BODY_BYTES,
    maxOutputFilesBytes: values.MAX_OUTPUT_FILES_BYTES,
    maxTests: values.MAX_TESTS,
  };
}

type NumberName = { [Name in keyof Values]: Values[Name] extends number ? Name : never }[keyof Values];
type DefaultName = Extract<NumberName, `DEFAULT_${string}`>;
type CeilingName = Extract<NumberName, `MAX_${string}`>;
