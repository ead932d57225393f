import type { SandboxLimits } from '../core/limits.ts';
import type { PoolObserver } from './lease.ts';
import type { Sandbox, SandboxFactory } from './ports.ts';
import type { SpecPool } from './spec-pool.ts';
import { type Start, StartWatch } from './start-watch.ts';

/** How long to wait after a creation has failed. */
const BACKOFF_MS = 1000;
const NEVER = new AbortController().signal;

export interface CreationsOptions {
  readonly factory: SandboxFactory;
  readonly observer: PoolObserver;
  /** Maximum time that a run waits for a sandbox to be created. */
  readonly startTimeoutMs: number;
  /** Takes a new sandbox. `generation` is that of its pool when the creation began. */
  readonly onCreated: (specPool: SpecPool, sandbox: Sandbox, generation: number) => void;
}

/** The creations in progress. When one fails, the run that has waited longest for such a sandbox fails with it. */
export class Creations {
  readonly #options: CreationsOptions;
  readonly #starts: StartWatch;

  constructor(options: CreationsOptions) {
    this.#options = options;
    this.#starts = new StartWatch(options.startTimeoutMs);
  }

  get count(): number {
    return this.#starts.count;
  }

  /** See `StartWatch.longestMs`. */
  get longestMs(): number {
    return this.#starts.longestMs;
  }

  /** Creates a sandbox with these limits. Never rejects. */
  start(specPool: SpecPool, limits: SandboxLimits): Promise<void> {
    return this.#create(specPool, limits, this.#starts.begin());
  }

  async #create(specPool: SpecPool, limits: SandboxLimits, start: Start): Promise<void> {
    const { factory, observer, onCreated } = this.#options;
    const { image } = specPool.spec;
    const { generation } = specPool;
    const ends = specPool.creates(limits);
    try {
      const sandbox = await factory.create({ ...specPool.spec, limits }, NEVER);
      this.#starts.succeed(start);
      ends();
      observer.created(image);
      onCreated(specPool, sandbox, generation);
    } catch (error) {
      this.#starts.fail(start);
      ends();
      specPool.backoffUntilMs = performance.now() + BACKOFF_MS;
      observer.creationFailed(image, error);
      specPool.takeNextWaiter()?.fail(error);
    }
  }
}
