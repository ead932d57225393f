import { setImmediate } from 'node:timers/promises';
import type { SandboxSpec } from '../core/command.ts';
import { RunnerError } from '../core/errors.ts';
import { Creations } from './creations.ts';
import type { Lease, LeaseCall, PoolObserver } from './lease.ts';
import { once } from './once.ts';
import type { Sandbox, SandboxFactory } from './ports.ts';
import { Refills } from './refills.ts';
import type { SpecPool } from './spec-pool.ts';
import { type PoolStats, SpecPools, type WarmTarget } from './spec-pools.ts';
import { withStartDeadline } from './start-deadline.ts';
import type { Given } from './waiters.ts';

export interface PoolOptions {
  readonly factory: SandboxFactory;
  /** The engine slows down badly if many containers are created at once. */
  readonly maxConcurrentCreations: number;
  /** Maximum time that a run waits for a sandbox to be created. */
  readonly startTimeoutMs: number;
  /** What to keep warm from the start. Other specs are kept warm while they are in demand. */
  readonly warm: readonly WarmTarget[];
  /** Limits on all warm sandboxes together. Specs in demand get what the configured ones leave. */
  readonly maxWarm: number;
  readonly maxWarmMemoryBytes: number;
  readonly observer: PoolObserver;
}

/** How soon a postponed refill is reconsidered. */
const REFILL_CHECK_MS = 100;
/** How often the pool checks for specs whose demand has ended. */
const TICK_MS = 500;

/**
 * Leases sandboxes to runs and keeps some warm, so that most runs need not wait for one to be created. Each sandbox is used once. When it
 * is released, the container it is a cell of serves the same tenant again; any other sandbox is destroyed. Waiting runs have priority
 * over refills.
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
  #leased = 0;
  #isStarted = false;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#refills = new Refills(options);
    const onCreated = (specPool: SpecPool, sandbox: Sandbox, generation: number) =>
      this.#place(specPool, sandbox, generation);
    this.#creations = new Creations({ ...options, onCreated });
    this.#pools = new SpecPools(options.warm);
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
    specPool.demanded(call, askedAt);
    const ready = specPool.takeReady(call.tenant);
    const fromReady = ready && this.#give(specPool, call, { sandbox: ready, origin: 'warm' });
    this.#checkRefillSoon();
    const given = fromReady ?? (await this.#wait(specPool, call));
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

  #wait(specPool: SpecPool, call: LeaseCall): Promise<Given> {
    return withStartDeadline(this.#options.startTimeoutMs, call.signal, (signal) => {
      const waiting = specPool.waiters.wait({ ...call, signal });
      this.#work();
      return waiting;
    });
  }

  /** Starts all creations that are due: first for waiting runs, then refills. */
  #work(): void {
    for (const specPool of this.#pools.all) this.#serve(specPool);
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

  #serve(specPool: SpecPool): void {
    for (let match = specPool.takeMatch(); match; match = specPool.takeMatch())
      match.waiter.give(this.#give(specPool, match.waiter.call, { sandbox: match.sandbox, origin: 'warm' }));
  }

  /** The pool with the longest waiting run; `undefined` if the engine is already creating as many sandboxes as allowed. */
  #longestWaiting(): SpecPool | undefined {
    return this.#creations.count < this.#options.maxConcurrentCreations ? this.#pools.longestWaiting : undefined;
  }

  #nextRefill(now: number): SpecPool | undefined {
    if (!this.#isStarted || this.#isClosed) return undefined;
    const load = { now, leased: this.#leased, creating: this.#creations.count };
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
    this.#track(this.#creations.start(specPool).finally(() => this.#work()));
  }

  /** Gives a new sandbox to the longest waiting run, or puts it into the pool. Destroys it if the pool is full or was emptied meanwhile. */
  #place(specPool: SpecPool, sandbox: Sandbox, generation: number): void {
    if (this.#isClosed || generation !== specPool.generation) {
      this.#remove(specPool.spec, sandbox);
      if (this.#isClosed) specPool.takeNextWaiter()?.fail(new RunnerError('draining', 'The service is shutting down.'));
      return;
    }
    const waiter = specPool.takeNextWaiter();
    if (waiter) waiter.give(this.#give(specPool, waiter.call, { sandbox, origin: 'cold' }));
    else if (specPool.isFull(performance.now()) || !this.#refills.hasRoomFor(specPool, this.#pools.all))
      this.#remove(specPool.spec, sandbox);
    else specPool.ready.put(sandbox, undefined, () => this.#work());
  }

  /** Gives a sandbox that has come back to a waiting run of its tenant, or keeps it for one, rather than those that are idle longer. */
  #keep(specPool: SpecPool, sandbox: Sandbox, tenant: string): void {
    const waiter = specPool.waiters.takeOf(tenant);
    if (waiter) {
      waiter.give(this.#give(specPool, waiter.call, { sandbox, origin: 'warm' }));
      return;
    }
    while (!this.#refills.hasRoomFor(specPool, this.#pools.all)) {
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

  /** Notes that a run gets a sandbox. Now, and not when the run continues, so that no refill starts in between. */
  #give(specPool: SpecPool, { isLast }: LeaseCall, given: Pick<Given, 'sandbox' | 'origin'>): Given {
    const { isolation } = given.sandbox;
    const comesBack = isolation === 'cell' && !isLast;
    this.#leased += 1;
    specPool.noteIsolation(isolation);
    if (comesBack) specPool.expect();
    return { ...given, comesBack, generation: specPool.generation };
  }

  /** Destroys sandboxes that are not in demand any more. */
  #forget(now: number): void {
    for (const specPool of this.#pools.all) {
      for (const sandbox of specPool.trim(now)) this.#remove(specPool.spec, sandbox);
    }
    this.#pools.forget(now);
  }

  #release(specPool: SpecPool, given: Given, tenant: string): void {
    this.#leased -= 1;
    if (given.comesBack) specPool.returns(tenant);
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

  #remove(spec: SandboxSpec, sandbox: Sandbox): void {
    this.#track(sandbox.destroy().then(() => this.#options.observer.removed(spec.image)));
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}
