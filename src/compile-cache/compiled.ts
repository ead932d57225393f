import type { Execution } from '../core/result.ts';

/** What a compile phase came to: how it ended and, where it succeeded, the file that it made. */
export interface Compiled {
  readonly execution: Execution;
  /** `undefined` where the compiler refused, or where what it made is none that can be kept. */
  readonly artefact: Buffer | undefined;
  readonly madeAtMs: number;
}

/** Larger artefacts are run and never kept. */
export const MAX_ARTEFACT_BYTES = 16 * 1024 ** 2;
/** What compiling printed is kept up to this; it also bounds what an entry on disk may be. */
export const MAX_PRINTED_BYTES = 1024 ** 2;

/** What an entry takes besides its content. */
const OVERHEAD_BYTES = 1024;

/** After this long a refusal is asked for again: its cause may have been none of the sources' (a host short of processes). */
const REFUSAL_VALID_MS = 10 * 60_000;

/** A shell's way of saying that a command was killed (128 + n) or could not be started (126, 127). */
const LEAST_ABNORMAL_EXIT = 126;

/**
 * Whether the same inputs would come to the same again. True of what the compiler made and of what it refused; never of a compile
 * phase that was cut short by time, memory, output or a signal: it tells about the circumstances, not about the sources.
 */
export function isRepeatable({ execution, artefact }: Compiled): boolean {
  const { fate, stdout, stderr } = execution;
  if (stdout.bytes.length + stderr.bytes.length > MAX_PRINTED_BYTES || fate.status !== 'completed') return false;
  return fate.exitCode === 0 ? artefact !== undefined : fate.exitCode < LEAST_ABNORMAL_EXIT;
}

/** Whether what was once found still holds. What could be made was made; what could not be made might be by now. */
export function isCurrent({ artefact, madeAtMs }: Compiled, nowMs: number): boolean {
  return artefact !== undefined || nowMs - madeAtMs < REFUSAL_VALID_MS;
}

/** An estimate from above of the memory that it takes. */
export function sizeOf({ execution, artefact }: Compiled): number {
  return OVERHEAD_BYTES + execution.stdout.bytes.length + execution.stderr.bytes.length + (artefact?.length ?? 0);
}
