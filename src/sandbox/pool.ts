import { setImmediate } from 'node:timers/promises';
import { onAbort } from '../core/abort.ts';
import type { SandboxSpec } from '../core/command.ts';
import { RunnerError } from '../core/errors.ts';
import { sandboxLimitValues } from '../core/limits.ts';
import type { SandboxOrigin } from '../core/result.ts';
import type { Sandbox, SandboxFactory } from './ports.ts';
import { SpecPool, type Waiter } from './spec-pool.ts';

/** A sandbox for one run. */
export interface Lease {
  readonly sandbox: Sandbox;
  readonly origin: SandboxOrigin;
  readonly waitedMs: number;
  /** Ends the sandbox, off the caller's path. Safe to call more than once. */
  release(): void;
}

/** Hears what the pool does, for the metrics. */
export interface PoolObserver {
  leased(image: string, origin: SandboxOrigin): void;
  created(image: string): void;
  creationFailed(image: string, error: unknown): void;
  removed(image: string): void;
}

export interface PoolOptions {
  readonly factory: SandboxFactory;
  /** An engine asked for many containers at once collapses. */
  readonly maxConcurrentCreations: number;
  /** What to keep warm from the start; other specs are learned from demand. */
  readonly warm: readonly { readonly spec: SandboxSpec; readonly count: number }[];
  /** Bounds on all that is kept warm; learned specs get what the configured ones leave. */
  readonly maxWarm: number;
  readonly maxWarmMemoryBytes: number;
  readonly observer: PoolObserver;
}

/** How many of one image there are, for the metrics. */
export interface PoolStats {
  readonly image: string;
  readonly warm: number;
  readonly starting: number;
}

/** A refill waits until nothing runs, but not longer than this. */
const REFILL_PATIENCE_MS = 250;
/** How soon a refill that has to wait is looked at again. */
const REFILL_CHECK_MS = 100;
/** How often there is a look at whose demand has ended. */
const TICK_MS = 500;
/** After a refill that failed, the next one waits. */
const BACKOFF_MS = 1000;
const NEVER = new AbortController().signal;

/**
 * Hands out sandboxes, each for one run, and keeps some ready so that a run need not wait for its own. A sandbox is used once:
 * when it comes back it is thrown away. Those who wait come before refills, and refills before idle hands only when nothing runs:
 * making a container takes the processor time that a running program is measured by.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #pools = new Map<string, SpecPool>();
  /** Sandboxes being made or ended. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #ticking: NodeJS.Timeout;
  #refillCheck: NodeJS.Timeout | undefined;
  /** When each creation under way began. */
  readonly #creations = new Set<{ readonly sinceMs: number }>();
  #leased = 0;
  #missingSinceMs: number | undefined;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    for (const { spec, count } of options.warm) this.#pools.set(keyOf(spec), new SpecPool(spec, count));
    this.#ticking = setInterval(() => this.#work(), TICK_MS);
    this.#ticking.unref();
    this.#work();
  }

  /** A sandbox of this spec that nobody has used. Rejects as `SandboxFactory.create` does. */
  async lease(spec: SandboxSpec, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    const askedAt = performance.now();
    const specPool = this.#poolOf(spec);
    specPool.demand.note(askedAt);
    const warm = specPool.take();
    this.#checkRefillSoon();
    const sandbox = warm ?? (await this.#wait(specPool, signal));
    const origin: SandboxOrigin = warm ? 'warm' : 'cold';
    this.#leased += 1;
    this.#options.observer.leased(spec.image, origin);
    return {
      sandbox,
      origin,
      waitedMs: performance.now() - askedAt,
      release: once(() => this.#release(spec, sandbox)),
    };
  }

  /** Throws away what is warm of an image that is not the same any more. */
  invalidate(image: string): void {
    for (const specPool of this.#pools.values()) {
      if (specPool.spec.image !== image) continue;
      specPool.backoffUntilMs = 0;
      for (const sandbox of specPool.empty()) this.#remove(specPool.spec, sandbox);
    }
    this.#work();
  }

  stats(): PoolStats[] {
    return [...this.#pools.values()].map(({ spec, ready, starting }) => ({
      image: spec.image,
      warm: ready,
      starting,
    }));
  }

  /** How long the oldest creation under way has taken up to now; 0 when there is none. */
  get longestCreationMs(): number {
    const [oldest] = this.#creations;
    return oldest ? performance.now() - oldest.sinceMs : 0;
  }

  /** Ends what is warm and makes no more. Resolves when every sandbox that was released is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#ticking);
    clearTimeout(this.#refillCheck);
    for (const specPool of this.#pools.values()) {
      for (const sandbox of specPool.empty()) this.#remove(specPool.spec, sandbox);
    }
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #poolOf(spec: SandboxSpec): SpecPool {
    const key = keyOf(spec);
    const specPool = this.#pools.get(key) ?? new SpecPool(spec, 0);
    this.#pools.set(key, specPool);
    return specPool;
  }

  /** Leaves the queue at once when `signal` aborts; a sandbox under way then goes to somebody else, or back into the pool. */
  #wait(specPool: SpecPool, signal: AbortSignal): Promise<Sandbox> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        specPool.waiters.splice(specPool.waiters.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        sinceMs: performance.now(),
        give: (sandbox) => {
          ignoreAbort();
          resolve(sandbox);
        },
        fail: (error) => {
          ignoreAbort();
          reject(error);
        },
      };
      specPool.waiters.push(waiter);
      const ignoreAbort = onAbort(signal, giveUp);
      this.#work();
    });
  }

  /** Begins what is to be made now: for those who wait first, then refills. */
  #work(): void {
    for (let specPool = this.#longestWaiting(); specPool; specPool = this.#longestWaiting()) this.#make(specPool);
    const now = performance.now();
    this.#forget(now);
    for (let specPool = this.#nextRefill(now); specPool; specPool = this.#nextRefill(now)) this.#make(specPool);
  }

  /** The pool with the waiter whose turn it is, when the engine can make another sandbox. */
  #longestWaiting(): SpecPool | undefined {
    if (this.#creations.size >= this.#options.maxConcurrentCreations) return undefined;
    const since = (specPool: SpecPool) => specPool.unserved?.sinceMs ?? Number.POSITIVE_INFINITY;
    const waiting = [...this.#pools.values()].filter((specPool) => specPool.unserved !== undefined);
    return waiting.sort((a, b) => since(a) - since(b))[0];
  }

  /** The pool that most needs a sandbox, when one may be made without anybody waiting for it. */
  #nextRefill(now: number): SpecPool | undefined {
    const wanting = [...this.#pools.values()].filter(
      (specPool) => specPool.missing(now) > 0 && this.#hasRoomFor(specPool),
    );
    if (wanting.length === 0) {
      this.#missingSinceMs = undefined;
      return undefined;
    }
    this.#missingSinceMs ??= now;
    const isQuiet = this.#leased === 0;
    const isOverdue = now - this.#missingSinceMs > REFILL_PATIENCE_MS;
    const allowed = isQuiet ? this.#options.maxConcurrentCreations / 2 : 1;
    if (!(isQuiet || isOverdue)) this.#checkRefillSoon();
    if (this.#isClosed || !(isQuiet || isOverdue) || this.#creations.size >= allowed) return undefined;
    return wanting.sort((a, b) => a.ready + a.starting - (b.ready + b.starting))[0];
  }

  #checkRefillSoon(): void {
    if (this.#isClosed) return;
    this.#refillCheck ??= setTimeout(() => {
      this.#refillCheck = undefined;
      this.#work();
    }, REFILL_CHECK_MS).unref();
  }

  #hasRoomFor(specPool: SpecPool): boolean {
    const kept = [...this.#pools.values()].map(({ spec, ready, starting }) => ({ spec, count: ready + starting }));
    const count = kept.reduce((sum, entry) => sum + entry.count, 0);
    const bytes = kept.reduce((sum, entry) => sum + entry.count * entry.spec.limits.memoryBytes, 0);
    const { maxWarm, maxWarmMemoryBytes } = this.#options;
    return count < maxWarm && bytes + specPool.spec.limits.memoryBytes <= maxWarmMemoryBytes;
  }

  #make(specPool: SpecPool): void {
    specPool.starting += 1;
    const creation = { sinceMs: performance.now() };
    this.#creations.add(creation);
    this.#track(
      this.#create(specPool).finally(() => {
        this.#creations.delete(creation);
        this.#work();
      }),
    );
  }

  async #create(specPool: SpecPool): Promise<void> {
    const { factory, observer } = this.#options;
    const { image } = specPool.spec;
    const { generation } = specPool;
    try {
      const sandbox = await factory.create(specPool.spec, NEVER);
      specPool.starting -= 1;
      observer.created(image);
      this.#place(specPool, sandbox, generation);
    } catch (error) {
      specPool.starting -= 1;
      specPool.backoffUntilMs = performance.now() + BACKOFF_MS;
      observer.creationFailed(image, error);
      specPool.waiters.shift()?.fail(error);
    }
  }

  /** A new sandbox goes to whoever waits longest, else back into the pool, unless the pool was emptied meanwhile or is full. */
  #place(specPool: SpecPool, sandbox: Sandbox, generation: number): void {
    if (this.#isClosed || generation !== specPool.generation) {
      this.#remove(specPool.spec, sandbox);
      if (this.#isClosed) specPool.waiters.shift()?.fail(new RunnerError('draining', 'The service is shutting down.'));
      return;
    }
    const waiter = specPool.waiters.shift();
    if (waiter) waiter.give(sandbox);
    else if (specPool.isFull(performance.now()) || !this.#hasRoomFor(specPool)) this.#remove(specPool.spec, sandbox);
    else specPool.put(sandbox, () => this.#work());
  }

  /** Drops what nobody asks for any more. */
  #forget(now: number): void {
    for (const [key, specPool] of this.#pools) {
      for (const sandbox of specPool.trim(now)) this.#remove(specPool.spec, sandbox);
      if (specPool.isForgotten(now)) this.#pools.delete(key);
    }
  }

  #release(spec: SandboxSpec, sandbox: Sandbox): void {
    this.#leased -= 1;
    // Behind the answer, which is about to be written.
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

function keyOf({ image, limits }: SandboxSpec): string {
  return [image, ...sandboxLimitValues(limits)].join(' ');
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
