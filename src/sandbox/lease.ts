import type { SandboxOrigin } from '../core/result.ts';
import type { Sandbox } from './ports.ts';

/** Whose run needs a sandbox, and until when. */
export interface LeaseCall {
  readonly tenant: string;
  readonly signal: AbortSignal;
  /** Whether the tenant will not come again: its sandbox is not kept, and it does not count as one of several tenants. */
  readonly isLast?: boolean;
}

/** A sandbox for one run. */
export interface Lease {
  readonly sandbox: Sandbox;
  readonly origin: SandboxOrigin;
  readonly waitedMs: number;
  /** Ends the sandbox, off the caller's path. Safe to call more than once. */
  release(): void;
}

/** Called with what the pool does, for the log and the metrics. */
export interface PoolObserver {
  leased(image: string, origin: SandboxOrigin): void;
  created(image: string): void;
  creationFailed(image: string, error: unknown): void;
  removed(image: string): void;
}
