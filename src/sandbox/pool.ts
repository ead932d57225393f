import { setImmediate } from 'node:timers/promises';
import type { SandboxSpec } from '../core/command.ts';
import { RunnerError } from '../core/errors.ts';
import { Creations } from './creations.ts';
import { Fitting, hasLimits } from './fitting.ts';
import type { Lease, LeaseCall } from './lease.ts';
import { once } from './once.ts';
import type { PoolOptions } from './pool-options.ts';
import type { Sandbox } from './ports.ts';
import { Refills } from './refills.ts';
import type { SpecPool } from './spec-pool.ts';
import { type PoolStats, SpecPools } from './spec-pools.ts';
import type { Given } from './waiters.ts';

/** How soon a postponed refill is reconsidered. */
const REFILL_CHECK_MS = 100;
/** How often the pool checks for specs whose demand has ended. */
const TICK_MS = 500;

/**
 * Leases sandboxes to runs and keeps some warm, so that most runs need not wait for one to be created. Each sandbox is used once. When it
 * is released, the container it is a cell of serves the same tenant again; any other sandbox is destroyed. Waiting runs have priority
 * over refills. A cell is given to runs with any limits, which are changed where they differ, and for a while it keeps them.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #pools: SpecPools;
  readonly #refills: Refills;
  /** Sandboxes that are being created or destroyed. */
  readonly #underWay = new Set<Promise<void>>();
  #ticking: NodeJS.Timeout | undefined;
  #refillCheck: NodeJS.Timeout | undefined;
  readonly #creations: Creations;
  readonly #fitting: Fitting;
  #isStarted = false;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#refills = new Refills(options);
    const onCreated = (specPool: SpecPool, sandbox: Sandbox, generation: number) =>
      this.#place(specPool, sandbox, generation);
    this.#creations = new Creations({ ...options, onCreated });
    this.#fitting = new Fitting({
      startTimeoutMs: options.startTimeoutMs,
      onWaiting: () => this.#work(),
      onUnfit: (specPool, given, tenant) => this.#discard(specPool, given, tenant),
      onUnneeded: (specPool, given, tenant) => this.#release(specPool, given, tenant),
    });
    this.#pools = new SpecPools(options.warm, options.cellLimits);
  }

  /** Starts keeping sandboxes warm. `lease` also works before this. */
  start(): void {
    this.#isStarted = true;
    this.#ticking = setInterval(() => this.#work(), TICK_MS).unref();
    this.#work();
  }

  /** Leases an unused sandbox of this spec. Rejects as `SandboxFactory.create` does, or with `engine_unavailable` if none starts in time. */
  async lease(spec: SandboxSpec, call: LeaseCall): Promise<Lease> {
    call.signal.throwIfAborted();
    const askedAt = performance.now();
    const specPool = this.#pools.of(spec);
    const request = { ...call, limits: spec.limits, mayChangeLimits: true };
    specPool.demanded(call, askedAt);
    const ready = specPool.giveReady(request);
    this.#checkRefillSoon();
    const given = ready && hasLimits(ready, request) ? ready : await this.#fitting.obtain(specPool, request, ready);
    const { sandbox, origin } = given;
    this.#options.observer.leased(spec.image, origin);
    return {
      sandbox,
      origin,
      waitedMs: performance.now() - askedAt,
      release: once(() => this.#release(specPool, given, call.tenant)),
    };
  }

  /** Destroys the warm sandboxes of an image that has changed. */
  invalidate(image: string): void {
    for (const specPool of this.#pools.all) {
      if (specPool.spec.image !== image) continue;
      specPool.backoffUntilMs = 0;
      for (const sandbox of specPool.empty()) this.#remove(specPool.spec, sandbox);
    }
    this.#work();
  }

  stats(): PoolStats[] {
    return this.#pools.stats();
  }

  /** See `StartWatch.longestMs`. */
  get longestStartMs(): number {
    return this.#creations.longestMs;
  }

  /** Destroys all warm sandboxes and creates no more. Resolves when every released sandbox is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#ticking);
    clearTimeout(this.#refillCheck);
    for (const specPool of this.#pools.all) {
      for (const sandbox of specPool.empty()) this.#remove(specPool.spec, sandbox);
    }
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Starts all creations that are due: first for waiting runs, then refills. */
  #work(): void {
    for (const specPool of this.#pools.all) specPool.serve();
    for (let specPool = this.#longestWaiting(); specPool; specPool = this.#longestWaiting())
      this.#startCreation(specPool);
    const now = performance.now();
    this.#forget(now);
    for (let specPool = this.#nextRefill(now); specPool; specPool = this.#nextRefill(now)) {
      for (const { spec, sandbox } of this.#refills.makeRoom(specPool, this.#pools.all, now))
        this.#remove(spec, sandbox);
      this.#startCreation(specPool);
    }
  }

  /** The pool with the longest waiting run; `undefined` if the engine is already creating as many sandboxes as allowed. */
  #longestWaiting(): SpecPool | undefined {
    return this.#creations.count < this.#options.maxConcurrentCreations ? this.#pools.longestWaiting : undefined;
  }

  #nextRefill(now: number): SpecPool | undefined {
    if (!this.#isStarted || this.#isClosed) return undefined;
    const load = { now, leased: this.#pools.leased, creating: this.#creations.count };
    const next = this.#refills.next(this.#pools.all, load);
    if (next !== 'later') return next;
    this.#checkRefillSoon();
    return undefined;
  }

  #checkRefillSoon(): void {
    if (this.#isClosed) return;
    this.#refillCheck ??= setTimeout(() => {
      this.#refillCheck = undefined;
      this.#work();
    }, REFILL_CHECK_MS).unref();
  }

  #startCreation(specPool: SpecPool): void {
    const limits = specPool.unserved?.request.limits ?? specPool.spec.limits;
    this.#track(this.#creations.start(specPool, limits).finally(() => this.#work()));
  }

  /** Gives a new sandbox to the longest waiting run, or puts it into the pool. Destroys it if the pool is full or was emptied meanwhile. */
  #place(specPool: SpecPool, sandbox: Sandbox, generation: number): void {
    if (this.#isClosed || generation !== specPool.generation) {
      this.#remove(specPool.spec, sandbox);
      if (this.#isClosed) specPool.takeNextWaiter()?.fail(new RunnerError('draining', 'The service is shutting down.'));
      return;
    }
    const waiter = specPool.takeNextWaiter(sandbox);
    if (waiter) waiter.give(specPool.give(waiter.request, { sandbox, origin: 'cold' }));
    else if (!specPool.hasUseFor(sandbox, performance.now()) || !this.#refills.hasRoomFor(sandbox, this.#pools.all))
      this.#remove(specPool.spec, sandbox);
    else specPool.ready.put(sandbox, undefined, () => this.#work());
  }

  /**
   * Gives a sandbox that has come back to a waiting run of its tenant, or keeps it for one, rather than those that are idle longer. If
   * there is no room for it with the memory that it may use, its limits are changed back.
   */
  #keep(specPool: SpecPool, sandbox: Sandbox, tenant: string | undefined): void {
    const waiter = specPool.takeWaiterFor(sandbox, tenant);
    if (waiter) {
      waiter.give(specPool.give(waiter.request, { sandbox, origin: 'warm' }));
      return;
    }
    while (!this.#refills.hasRoomFor(sandbox, this.#pools.all)) {
      if (sandbox.limits.memoryBytes > specPool.spec.limits.memoryBytes) {
        this.#changeBack(specPool, sandbox, tenant);
        return;
      }
      const idle = this.#pools.longestIdle;
      const replaced = idle?.ready.takeOldest();
      if (!idle || !replaced) {
        this.#remove(specPool.spec, sandbox);
        return;
      }
      this.#remove(idle.spec, replaced);
    }
    specPool.ready.put(sandbox, tenant, () => this.#work());
  }

  /** Destroys sandboxes that are not in demand any more, and lets the others forget the limits of their last runs. */
  #forget(now: number): void {
    for (const specPool of this.#pools.all) {
      for (const sandbox of specPool.trim(now)) this.#remove(specPool.spec, sandbox);
      for (const { sandbox, tenant } of specPool.takeChanged(now)) this.#changeBack(specPool, sandbox, tenant);
    }
    this.#pools.forget(now);
  }

  #release(specPool: SpecPool, given: Given, tenant: string): void {
    specPool.released(given, tenant);
    // After the response, which is about to be written.
    const answered = setImmediate().then(async () => {
      if (given.comesBack) await this.#renew(specPool, given, tenant);
      else this.#remove(specPool.spec, given.sandbox);
      this.#work();
    });
    this.#track(answered);
  }

  /** Prepares the container of a cell for the next run of its tenant. Ends it if the pool was emptied since the cell was given. */
  async #renew(specPool: SpecPool, { sandbox, generation }: Given, tenant: string): Promise<void> {
    const next = await sandbox.next();
    specPool.returned(tenant);
    if (!next) this.#options.observer.removed(specPool.spec.image);
    else if (this.#isClosed || generation !== specPool.generation) this.#remove(specPool.spec, next);
    else this.#keep(specPool, next, tenant);
  }

  /** Gives a sandbox that waits for a run the limits of its pool again. */
  #changeBack(specPool: SpecPool, sandbox: Sandbox, tenant: string | undefined): void {
    const { generation, spec } = specPool;
    specPool.changes(tenant);
    const changed = sandbox.setLimits(spec.limits).then((isChanged) => {
      specPool.returned(tenant);
      if (!isChanged || this.#isClosed || generation !== specPool.generation) this.#remove(spec, sandbox);
      else this.#keep(specPool, sandbox, tenant);
      this.#work();
    });
    this.#track(changed);
  }

  /** Destroys a sandbox that was given to a run and cannot be used. */
  #discard(specPool: SpecPool, given: Given, tenant: string): void {
    specPool.released(given, tenant);
    if (given.comesBack) specPool.returned(tenant);
    this.#remove(specPool.spec, given.sandbox);
  }

  #remove(spec: SandboxSpec, sandbox: Sandbox): void {
    this.#track(sandbox.destroy().then(() => this.#options.observer.removed(spec.image)));
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}
