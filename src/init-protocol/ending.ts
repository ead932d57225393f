import type { Fate, Usage } from '../core/result.ts';
import { decodeFields, type OutFrame, ProtocolError } from './codec.ts';

/** How an execution ended. Its output has already been passed on. */
export interface Ending {
  readonly fate: Fate;
  readonly usage: Usage;
  /** Bytes that the program wrote, including those that were cut; `undefined` if sandbox-init did not report them. */
  readonly writtenBytes: { readonly stdout: number; readonly stderr: number } | undefined;
  /** Whether the interpreter had been started ahead; left out: no. */
  readonly startedAhead?: boolean;
}

/** Reads an `exited` frame. Throws `ProtocolError` if a field is missing or invalid. */
export function readEnding(frame: OutFrame): Ending {
  const fields = decodeFields(frame.payload);
  return {
    fate: fateOf(fields),
    usage: usageOf(fields),
    writtenBytes: { stdout: numberField(fields, 'stdout_bytes'), stderr: numberField(fields, 'stderr_bytes') },
  };
}

function fateOf(fields: Map<string, string>): Fate {
  const cause = fields.get('cause');
  switch (cause) {
    case 'exited':
      return { status: 'completed', exitCode: numberField(fields, 'exit_code') };
    case 'signaled':
      return { status: 'signaled', signal: numberField(fields, 'signal') };
    case 'wall_limit':
    case 'cpu_limit':
      return { status: 'timed_out' };
    case 'output_limit':
      return { status: 'output_limit_exceeded' };
    case 'out_of_memory':
      return { status: 'out_of_memory' };
    default:
      throw new ProtocolError(`unknown cause ${cause}`);
  }
}

function usageOf(fields: Map<string, string>): Usage {
  return {
    wallMs: numberField(fields, 'wall_us') / 1000,
    cpuMs: numberField(fields, 'cpu_us') / 1000,
    memoryPeakBytes: numberField(fields, 'memory_peak_bytes'),
  };
}

function numberField(fields: Map<string, string>, key: string): number {
  const text = fields.get(key) ?? '';
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new ProtocolError(`no number in ${key}`);
  return value;
}
