import type { SandboxSpec } from '../core/command.ts';
import type { Isolation } from '../core/isolation.ts';
import { haveSameLimits, type SandboxLimits } from '../core/limits.ts';
import { Demand } from './demand.ts';
import type { LeaseCall } from './lease.ts';
import type { Sandbox } from './ports.ts';
import { type Ready, ReadySandboxes } from './ready-sandboxes.ts';
import { RecentTenants } from './recent-tenants.ts';
import type { SandboxRequest } from './sandbox-request.ts';
import { type Given, type Waiter, Waiters } from './waiters.ts';

/** A tenant that has its containers warm leaves so many unused ones for others, where there are others. */
const UNUSED_FOR_OTHERS = 1;

/**
 * The sandboxes of one spec: those that are ready, being created, or leased and expected back. Also the runs that wait for one. Cells of
 * every limit are in one pool; the spec has the limits of those that wait for any run.
 */
export class SpecPool {
  readonly spec: SandboxSpec;
  readonly waiters = new Waiters();
  readonly ready = new ReadySandboxes();
  /** How many to keep warm regardless of demand. */
  readonly minimum: number;
  /** No refill before this time, because the last one failed. */
  backoffUntilMs = 0;
  readonly #demand = new Demand();
  readonly #tenants = new RecentTenants();
  /** Number of leased sandboxes, and of those that will come back. */
  #leased = 0;
  #expected = 0;
  /** Tenants of the sandboxes that are about to be ready again; `undefined`: unused ones. */
  readonly #returning: (string | undefined)[] = [];
  /** Limits of the sandboxes that are being created. */
  readonly #creating: SandboxLimits[] = [];
  #isolation: Isolation;
  #generation = 0;

  constructor(spec: SandboxSpec, minimum: number) {
    this.spec = spec;
    this.minimum = minimum;
    this.#isolation = spec.isolation;
  }

  /** Changes when the pool is emptied, so that sandboxes from before are not added. */
  get generation(): number {
    return this.#generation;
  }

  /** Number of sandboxes that are being created. */
  get starting(): number {
    return this.#creating.length;
  }

  /** Sandboxes that are idle now or soon. */
  get warm(): number {
    return this.ready.count + this.starting;
  }

  /** The sum of their memory limits. */
  get warmBytes(): number {
    return this.#creating.reduce((sum, { memoryBytes }) => sum + memoryBytes, this.ready.memoryBytes);
  }

  /** Notes the beginning of a creation. Returns what is to be called at its end. */
  creates(limits: SandboxLimits): () => void {
    const creation = { ...limits };
    this.#creating.push(creation);
    return () => void this.#creating.splice(this.#creating.indexOf(creation), 1);
  }

  /** Gives a ready sandbox to a run, if there is one for it. Unused ones are left for others while one of its tenant's own is about to be back. */
  giveReady(request: SandboxRequest): Given | undefined {
    const { tenant, mayChangeLimits } = request;
    const comingBack = mayChangeLimits ? this.#returning.filter((other) => other === tenant).length : 0;
    const own = this.ready.takeOf(tenant, request);
    const isComing = comingBack > this.waiters.countOf(tenant);
    const sandbox = own ?? (isComing ? undefined : this.ready.takeUnused(request));
    return sandbox && this.give(request, { sandbox, origin: 'warm' });
  }

  /** The longest waiting run for which no sandbox is on its way. */
  get unserved(): Waiter | undefined {
    return this.#allUnserved[0];
  }

  /** Gives ready sandboxes to waiting runs: they waited for one of their tenant's own, which has been lost. */
  serve(): void {
    for (const waiter of this.#allUnserved) {
      const given = this.giveReady(waiter.request);
      if (given) this.waiters.take(waiter).give(given);
    }
  }

  /** Removes and returns the run that gets this new sandbox, or that fails because there is none. */
  takeNextWaiter(sandbox?: Sandbox): Waiter | undefined {
    return this.waiters.takeNext(this.#returning, sandbox);
  }

  /** Removes and returns the run that gets this sandbox, which has come back from a tenant, or is unused. */
  takeWaiterFor(sandbox: Sandbox, tenant: string | undefined): Waiter | undefined {
    return tenant === undefined ? this.takeNextWaiter(sandbox) : this.waiters.takeOf(tenant, sandbox);
  }

  /** Whether a sandbox has other limits than those that wait for any run. */
  isChanged({ limits }: Sandbox): boolean {
    return !haveSameLimits(limits, this.spec.limits);
  }

  /** Removes and returns the ready sandboxes that have kept the limits of a run long enough. */
  takeChanged(nowMs: number): Ready[] {
    return this.ready.takeChanged(this.spec.limits, nowMs);
  }

  /** Notes that a tenant asks for a sandbox. */
  demanded({ tenant, isLast }: LeaseCall, nowMs: number): void {
    this.#demand.note(nowMs, this.#away + 1);
    if (!isLast) this.#tenants.note(tenant, nowMs);
  }

  get leased(): number {
    return this.#leased;
  }

  /**
   * Notes that a run gets a sandbox, and what the sandboxes of this spec turn out to be: cells that come back, or containers that do not.
   * Now, and not when the run continues, so that no refill starts in between.
   */
  give({ isLast }: LeaseCall, given: Pick<Given, 'sandbox' | 'origin'>): Given {
    const { isolation } = given.sandbox;
    const comesBack = isolation === 'cell' && !isLast;
    this.#leased += 1;
    this.#isolation = isolation;
    if (comesBack) this.#expected += 1;
    return { ...given, comesBack, generation: this.#generation };
  }

  /** Notes that its run has ended. If the sandbox comes back, the one for the tenant's next run is being prepared. */
  released({ comesBack }: Given, tenant: string): void {
    this.#leased -= 1;
    if (!comesBack) return;
    this.#expected -= 1;
    this.changes(tenant);
  }

  /** Notes that the limits of a sandbox that was ready are being changed. */
  changes(tenant: string | undefined): void {
    this.#returning.push(tenant);
  }

  /** Notes that it is back, or lost. */
  returned(tenant: string | undefined): void {
    const index = this.#returning.indexOf(tenant);
    if (index >= 0) this.#returning.splice(index, 1);
  }

  /** Whether this pool can be dropped. */
  isForgotten(nowMs: number): boolean {
    const isIdle = this.warm === 0 && this.waiters.count === 0 && this.#away === 0 && this.#leased === 0;
    return isIdle && this.minimum === 0 && this.#demand.isForgotten(nowMs);
  }

  /** How urgently this spec needs a sandbox, compared with others: by demand, and first of all what the configuration keeps warm. */
  urgency(nowMs: number): number {
    return this.warm + this.#away < this.minimum ? Number.POSITIVE_INFINITY : this.#demand.score(nowMs);
  }

  /** How many unused sandboxes are ready beyond what the configuration keeps warm. */
  get spare(): number {
    return Math.max(0, Math.min(this.ready.unusedCount, this.ready.count - this.minimum));
  }

  /** How many more sandboxes should be created. */
  missing(nowMs: number): number {
    if (nowMs < this.backoffUntilMs) return 0;
    const forOthers = this.#unusedWanted(nowMs) - this.ready.unusedCount - this.starting;
    return Math.max(0, this.#target(nowMs) - this.warm - this.#away, forOthers);
  }

  /** Whether an unused sandbox would not be one too many. One whose limits are not those of the pool has to be a cell, where they can be changed. */
  hasUseFor(sandbox: Sandbox, nowMs: number): boolean {
    const isFull = this.ready.count >= this.#target(nowMs) && this.ready.unusedCount >= this.#unusedWanted(nowMs);
    return !isFull && (sandbox.isolation === 'cell' || !this.isChanged(sandbox));
  }

  /** Removes and returns the sandboxes that are not needed any more. */
  trim(nowMs: number): Sandbox[] {
    const unusedToKeep = this.#unusedWanted(nowMs);
    const excess = this.ready.count - this.#target(nowMs) - unusedToKeep;
    return this.ready.trim({ excess, unusedToKeep, nowMs });
  }

  /** Removes and returns all ready sandboxes, because the image has changed. */
  empty(): Sandbox[] {
    this.#generation += 1;
    return this.ready.empty();
  }

  get #allUnserved(): Waiter[] {
    return this.waiters.allWithout({ created: this.starting, returning: this.#returning });
  }

  get #away(): number {
    return this.#expected + this.#returning.length;
  }

  #target(nowMs: number): number {
    return Math.max(this.minimum, this.#demand.target(nowMs, this.#isolation));
  }

  #unusedWanted(nowMs: number): number {
    return this.#target(nowMs) > 0 && this.#tenants.areSeveral(nowMs) ? UNUSED_FOR_OTHERS : 0;
  }
}
