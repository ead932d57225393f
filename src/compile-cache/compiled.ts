import type { Execution } from '../core/result.ts';

/** The result of a compile phase: how it ended and, if it succeeded, the artefact. */
export interface Compiled {
  readonly execution: Execution;
  /** `undefined` if compiling failed or the artefact cannot be cached. */
  readonly artefact: Buffer | undefined;
  readonly madeAtMs: number;
}

/** Larger artefacts are not cached. */
export const MAX_ARTEFACT_BYTES = 16 * 1024 ** 2;
/** A compile phase that printed more is not cached. This also bounds the size of an entry on disk. */
export const MAX_PRINTED_BYTES = 1024 ** 2;

/** Memory that an entry takes in addition to its content. */
const OVERHEAD_BYTES = 1024;

/** Cached compile failures expire: the host (for example, short of processes) may have caused them, not the source. */
const FAILURE_VALID_MS = 10 * 60_000;

/** Exit codes from here on mean that a shell's command could not be started (126, 127) or was killed (128 + n). */
const LEAST_ABNORMAL_EXIT = 126;

/**
 * Whether compiling the same inputs again would give the same result. True for successes and for compile errors. False for a compile
 * phase that was cut short by time, memory, output or a signal, because that may depend on the host and not on the source.
 */
export function isRepeatable({ execution, artefact }: Compiled): boolean {
  const { fate, stdout, stderr } = execution;
  if (stdout.bytes.length + stderr.bytes.length > MAX_PRINTED_BYTES || fate.status !== 'completed') return false;
  return fate.exitCode === 0 ? artefact !== undefined : fate.exitCode < LEAST_ABNORMAL_EXIT;
}

/** Whether a cached result may still be used. Successes never expire; failures do. */
export function isCurrent({ artefact, madeAtMs }: Compiled, nowMs: number): boolean {
  return artefact !== undefined || nowMs - madeAtMs < FAILURE_VALID_MS;
}

/** An upper estimate of the memory that it takes, in bytes. */
export function sizeOf({ execution, artefact }: Compiled): number {
  return OVERHEAD_BYTES + execution.stdout.bytes.length + execution.stderr.bytes.length + (artefact?.length ?? 0);
}
