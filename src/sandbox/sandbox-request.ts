import { haveSameLimits, type SandboxLimits } from '../core/limits.ts';
import type { LeaseCall } from './lease.ts';
import type { Sandbox } from './ports.ts';

/** A run that needs one of the sandboxes of a pool. */
export interface SandboxRequest extends LeaseCall {
  readonly limits: SandboxLimits;
  /** Whether a cell with other limits will do, which are then changed. */
  readonly mayChangeLimits: boolean;
}

/** What is asked of a sandbox's limits. */
export type WantedLimits = Pick<SandboxRequest, 'limits' | 'mayChangeLimits'>;

export function suits({ limits, isolation }: Pick<Sandbox, 'limits' | 'isolation'>, wanted: WantedLimits): boolean {
  return haveSameLimits(limits, wanted.limits) || (wanted.mayChangeLimits && isolation === 'cell');
}

/** The first with the wanted limits, else the first that suits; `undefined` if none does. */
export function mostSuitable<T extends { readonly sandbox: Sandbox }>(
  of: readonly T[],
  wanted: WantedLimits,
): T | undefined {
  const hasThem = ({ sandbox }: T) => haveSameLimits(sandbox.limits, wanted.limits);
  return of.find(hasThem) ?? of.find(({ sandbox }) => suits(sandbox, wanted));
}
