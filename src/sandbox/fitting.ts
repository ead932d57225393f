import { haveSameLimits } from '../core/limits.ts';
import type { SandboxRequest } from './sandbox-request.ts';
import type { SpecPool } from './spec-pool.ts';
import { withStartDeadline } from './start-deadline.ts';
import type { Given } from './waiters.ts';

type Dispose = (specPool: SpecPool, given: Given, tenant: string) => void;

export interface FittingOptions {
  /** Maximum time that a run waits for a sandbox to be created. */
  readonly startTimeoutMs: number;
  /** Called when a run has begun to wait. */
  readonly onWaiting: () => void;
  /** Takes a sandbox that no run can use. */
  readonly onUnfit: Dispose;
  /** Takes a sandbox whose run was over before it began. */
  readonly onUnneeded: Dispose;
}

/** Finds sandboxes for runs and gives them the limits of the run. */
export class Fitting {
  readonly #options: FittingOptions;

  constructor(options: FittingOptions) {
    this.#options = options;
  }

  /** Waits for a sandbox and changes its limits. If that fails, it is replaced by one that is created with the wanted limits. */
  obtain(specPool: SpecPool, request: SandboxRequest, ready: Given | undefined): Promise<Given> {
    return withStartDeadline(this.#options.startTimeoutMs, request.signal, async (signal) => {
      const waiting = { ...request, signal };
      const given = ready ?? (await this.#wait(specPool, waiting));
      if (await this.#fit(specPool, given, waiting)) return given;
      const asIs = { ...waiting, mayChangeLimits: false };
      return specPool.giveReady(asIs) ?? this.#wait(specPool, asIs);
    });
  }

  #wait(specPool: SpecPool, request: SandboxRequest): Promise<Given> {
    const waiting = specPool.waiters.wait(request);
    this.#options.onWaiting();
    return waiting;
  }

  /**
   * Gives a sandbox the limits of the run that it was given to. Returns `false` if it has to be replaced: that failed, or the pool was
   * emptied meanwhile. Throws if the run is over by then.
   */
  async #fit(specPool: SpecPool, given: Given, request: SandboxRequest): Promise<boolean> {
    const { limits, tenant, signal } = request;
    const hasThem = hasLimits(given, request) || (await given.sandbox.setLimits(limits));
    const isFit = hasThem && given.generation === specPool.generation;
    if (!isFit) this.#options.onUnfit(specPool, given, tenant);
    else if (signal.aborted) this.#options.onUnneeded(specPool, given, tenant);
    signal.throwIfAborted();
    return isFit;
  }
}

export function hasLimits({ sandbox }: Given, { limits }: Pick<SandboxRequest, 'limits'>): boolean {
  return haveSameLimits(sandbox.limits, limits);
}
