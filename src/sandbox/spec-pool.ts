import type { SandboxSpec } from '../core/command.ts';
import type { Isolation } from '../core/isolation.ts';
import { Demand } from './demand.ts';
import type { LeaseCall } from './lease.ts';
import type { Sandbox } from './ports.ts';
import { ReadySandboxes } from './ready-sandboxes.ts';
import { RecentTenants } from './recent-tenants.ts';
import { type Waiter, Waiters } from './waiters.ts';

/** A tenant that has its containers warm leaves so many unused ones for others, where there are others. */
const UNUSED_FOR_OTHERS = 1;

/** The sandboxes of one spec: those that are ready, being created, or leased and expected back. Also the runs that wait for one. */
export class SpecPool {
  readonly spec: SandboxSpec;
  readonly waiters = new Waiters();
  readonly ready = new ReadySandboxes();
  /** How many to keep warm regardless of demand. */
  readonly minimum: number;
  /** Number of sandboxes that are being created. */
  starting = 0;
  /** No refill before this time, because the last one failed. */
  backoffUntilMs = 0;
  readonly #demand = new Demand();
  readonly #tenants = new RecentTenants();
  /** Number of leased sandboxes that will come back. */
  #expected = 0;
  /** Tenants of the sandboxes that are about to be ready again. */
  readonly #returning: string[] = [];
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

  /** Sandboxes that are idle now or soon. */
  get warm(): number {
    return this.ready.count + this.starting;
  }

  /** Removes and returns a ready sandbox for this tenant. Unused ones are left for others while one of its own is about to be back. */
  takeReady(tenant: string): Sandbox | undefined {
    const comingBack = this.#returning.filter((other) => other === tenant).length;
    const own = this.ready.takeOf(tenant);
    return own ?? (comingBack > this.waiters.countOf(tenant) ? undefined : this.ready.takeUnused());
  }

  /** The longest waiting run for which no sandbox is on its way. */
  get unserved(): Waiter | undefined {
    return this.waiters.firstWithout({ created: this.starting, returning: this.#returning });
  }

  /** Removes and returns a waiting run and a ready sandbox for it: it waited for one of its tenant's own, which has been lost. */
  takeMatch(): { readonly waiter: Waiter; readonly sandbox: Sandbox } | undefined {
    const waiter = this.unserved;
    const sandbox = waiter && this.takeReady(waiter.call.tenant);
    return sandbox && { waiter: this.waiters.take(waiter), sandbox };
  }

  /** Removes and returns the run that gets the next new sandbox. */
  takeNextWaiter(): Waiter | undefined {
    return this.waiters.takeNext(this.#returning);
  }

  /** Notes that a tenant asks for a sandbox. */
  demanded({ tenant, isLast }: LeaseCall, nowMs: number): void {
    this.#demand.note(nowMs, this.#away + 1);
    if (!isLast) this.#tenants.note(tenant, nowMs);
  }

  /** Notes what the sandboxes of this spec turn out to be: cells that come back, or containers that do not. */
  noteIsolation(isolation: Isolation): void {
    this.#isolation = isolation;
  }

  /** Notes that a sandbox is leased that comes back. */
  expect(): void {
    this.#expected += 1;
  }

  /** Notes that its run has ended, and that the sandbox for the tenant's next run is being prepared. */
  returns(tenant: string): void {
    this.#expected -= 1;
    this.#returning.push(tenant);
  }

  /** Notes that it is back, or lost. */
  returned(tenant: string): void {
    const index = this.#returning.indexOf(tenant);
    if (index >= 0) this.#returning.splice(index, 1);
  }

  /** Whether this pool can be dropped. */
  isForgotten(nowMs: number): boolean {
    const isIdle = this.warm === 0 && this.waiters.count === 0 && this.#away === 0;
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

  /** Whether another unused sandbox would be one too many. */
  isFull(nowMs: number): boolean {
    return this.ready.count >= this.#target(nowMs) && this.ready.unusedCount >= this.#unusedWanted(nowMs);
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
