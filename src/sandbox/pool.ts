import { setImmediate } from 'node:timers/promises';
import type { SandboxSpec } from '../core/command.ts';
import { RunnerError } from '../core/errors.ts';
import type { SandboxOrigin } from '../core/result.ts';
import { once } from './once.ts';
import type { Sandbox, SandboxFactory } from './ports.ts';
import { Refills } from './refills.ts';
import type { SpecPool } from './spec-pool.ts';
import { type PoolStats, SpecPools, type WarmTarget } from './spec-pools.ts';
import { withStartDeadline } from './start-deadline.ts';
import { type Start, StartWatch } from './start-watch.ts';

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
/** How long to wait after a refill has failed. */
const BACKOFF_MS = 1000;
const NEVER = new AbortController().signal;

/**
 * Leases sandboxes to runs and keeps some warm, so that most runs need not wait for one to be created. Each sandbox is used once and
 * destroyed when it is released. Waiting runs have priority over refills.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #pools: SpecPools;
  readonly #refills: Refills;
  /** Sandboxes that are being created or destroyed. */
  readonly #underWay = new Set<Promise<void>>();
  #ticking: NodeJS.Timeout | undefined;
  #refillCheck: NodeJS.Timeout | undefined;
  readonly #starts: StartWatch;
  #leased = 0;
  #isStarted = false;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#refills = new Refills(options);
    this.#starts = new StartWatch(options.startTimeoutMs);
    this.#pools = new SpecPools(options.warm);
  }

  /** Starts keeping sandboxes warm. `lease` also works before this. */
  start(): void {
    this.#isStarted = true;
    this.#ticking = setInterval(() => this.#work(), TICK_MS).unref();
    this.#work();
  }

  /** Leases an unused sandbox of this spec. Rejects as `SandboxFactory.create` does, or with `engine_unavailable` if none starts in time. */
  async lease(spec: SandboxSpec, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    const askedAt = performance.now();
    const specPool = this.#pools.of(spec);
    specPool.demand.note(askedAt);
    const warm = specPool.take();
    if (warm) this.#leased += 1;
    this.#checkRefillSoon();
    const sandbox = warm ?? (await this.#wait(specPool, signal));
    const origin: SandboxOrigin = warm ? 'warm' : 'cold';
    this.#options.observer.leased(spec.image, origin);
    return {
      sandbox,
      origin,
      waitedMs: performance.now() - askedAt,
      release: once(() => this.#release(spec, sandbox)),
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
    return this.#starts.longestMs;
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

  #wait(specPool: SpecPool, signal: AbortSignal): Promise<Sandbox> {
    return withStartDeadline(this.#options.startTimeoutMs, signal, (inTime) => {
      const waiting = specPool.wait(inTime);
      this.#work();
      return waiting;
    });
  }

  /** Starts all creations that are due: first for waiting runs, then refills. */
  #work(): void {
    for (let specPool = this.#longestWaiting(); specPool; specPool = this.#longestWaiting())
      this.#startCreation(specPool);
    const now = performance.now();
    this.#forget(now);
    for (let specPool = this.#nextRefill(now); specPool; specPool = this.#nextRefill(now))
      this.#startCreation(specPool);
  }

  /** The pool with the longest waiting run; `undefined` if the engine is already creating as many sandboxes as allowed. */
  #longestWaiting(): SpecPool | undefined {
    if (this.#starts.count >= this.#options.maxConcurrentCreations) return undefined;
    const since = (specPool: SpecPool) => specPool.unserved?.sinceMs ?? Number.POSITIVE_INFINITY;
    const waiting = this.#pools.all.filter((specPool) => specPool.unserved !== undefined);
    return waiting.sort((a, b) => since(a) - since(b))[0];
  }

  #nextRefill(now: number): SpecPool | undefined {
    if (!this.#isStarted || this.#isClosed) return undefined;
    const load = { now, leased: this.#leased, creating: this.#starts.count };
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
    specPool.starting += 1;
    this.#track(this.#create(specPool, this.#starts.begin()).finally(() => this.#work()));
  }

  async #create(specPool: SpecPool, start: Start): Promise<void> {
    const { factory, observer } = this.#options;
    const { image } = specPool.spec;
    const { generation } = specPool;
    try {
      const sandbox = await factory.create(specPool.spec, NEVER);
      this.#starts.succeed(start);
      specPool.starting -= 1;
      observer.created(image);
      this.#place(specPool, sandbox, generation);
    } catch (error) {
      this.#starts.fail(start);
      specPool.starting -= 1;
      specPool.backoffUntilMs = performance.now() + BACKOFF_MS;
      observer.creationFailed(image, error);
      specPool.waiters.shift()?.fail(error);
    }
  }

  /** Gives a new sandbox to the longest waiting run, or puts it into the pool. Destroys it if the pool is full or was emptied meanwhile. */
  #place(specPool: SpecPool, sandbox: Sandbox, generation: number): void {
    if (this.#isClosed || generation !== specPool.generation) {
      this.#remove(specPool.spec, sandbox);
      if (this.#isClosed) specPool.waiters.shift()?.fail(new RunnerError('draining', 'The service is shutting down.'));
      return;
    }
    const waiter = specPool.waiters.shift();
    if (waiter) {
      // Now, and not when the waiting run continues, so that no refill starts in between.
      this.#leased += 1;
      waiter.give(sandbox);
    } else if (specPool.isFull(performance.now()) || !this.#refills.hasRoomFor(specPool, this.#pools.all))
      this.#remove(specPool.spec, sandbox);
    else specPool.put(sandbox, () => this.#work());
  }

  /** Destroys sandboxes that are not in demand any more. */
  #forget(now: number): void {
    for (const specPool of this.#pools.all) {
      for (const sandbox of specPool.trim(now)) this.#remove(specPool.spec, sandbox);
    }
    this.#pools.forget(now);
  }

  #release(spec: SandboxSpec, sandbox: Sandbox): void {
    this.#leased -= 1;
    // After the response, which is about to be written.
    const answered = setImmediate().then(() => {
      this.#remove(spec, sandbox);
      this.#work();
    });
    this.#track(answered);
  }

  #remove(spec: SandboxSpec, sandbox: Sandbox): void {
    this.#track(sandbox.destroy().then(() => this.#options.observer.removed(spec.image)));
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}
