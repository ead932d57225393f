import type { SandboxLimits } from '../core/limits.ts';
import type { PoolObserver } from './lease.ts';
import type { SandboxFactory } from './ports.ts';
import type { WarmTarget } from './spec-pools.ts';

export interface PoolOptions {
  readonly factory: SandboxFactory;
  /** The engine slows down badly if many containers are created at once. */
  readonly maxConcurrentCreations: number;
  /** Maximum time that a run waits for a sandbox to be created. */
  readonly startTimeoutMs: number;
  /** What to keep warm from the start. Other specs are kept warm while they are in demand. */
  readonly warm: readonly WarmTarget[];
  /** The limits of cells that wait for any run. A run with other limits has them changed. */
  readonly cellLimits: SandboxLimits;
  /** Limits on all warm sandboxes together. Specs in demand get what the configured ones leave. */
  readonly maxWarm: number;
  readonly maxWarmMemoryBytes: number;
  readonly observer: PoolObserver;
}
