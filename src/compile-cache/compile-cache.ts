import { raceAbort } from '../core/abort.ts';
import { type Compiled, isCurrent, isRepeatable } from './compiled.ts';
import type { CompileKey } from './key.ts';
import { MemoryCache } from './memory-cache.ts';
import type { ArtefactStore } from './store.ts';

/** What to look up, and how to compile it if it is not in the cache. */
export interface Wanted {
  readonly key: CompileKey;
  /** Runs with the same shared key can wait for each other: same cache key, same time limit, same CPU limits. */
  readonly sharedKey: string;
  /** Compiles. Rejects if the sandbox or the run is lost. */
  readonly make: () => Promise<Compiled>;
  readonly signal: AbortSignal;
}

export interface Found {
  readonly compiled: Compiled;
  /** Whether nothing was compiled for this run. */
  readonly cached: boolean;
}

/** The result of a shared compilation for the runs that waited: `lost` if the run that compiled was cancelled or failed. */
type InFlight = Compiled | 'lost';

const MAX_MEMORY_BYTES = 32 * 1024 ** 2;

/** Compiles each program once. Looks in memory and on disk, waits for another run that is compiling it, and compiles only then. */
export class CompileCache {
  readonly #store: ArtefactStore;
  readonly #memory: MemoryCache;
  readonly #inFlight = new Map<string, Promise<InFlight>>();

  constructor(store: ArtefactStore, maxBytes: number) {
    this.#store = store;
    this.#memory = new MemoryCache({
      maxBytes: Math.min(MAX_MEMORY_BYTES, maxBytes),
      onUse: (key) => void store.touch(key),
    });
  }

  /**
   * Rejects as `make` does, or with the signal's reason if the run is cancelled while it waits. A compile that was cut short by a
   * limit is not shared: the runs that waited compile for themselves. If the run that compiled is lost, one of the others takes over.
   */
  async obtain(wanted: Wanted): Promise<Found> {
    const inMemory = this.#memory.get(wanted.key);
    if (inMemory && isCurrent(inMemory, Date.now())) return { compiled: inMemory, cached: true };
    const pending = this.#inFlight.get(wanted.sharedKey);
    if (!pending) return this.#lead(wanted);
    const outcome = await raceAbort(pending, wanted.signal);
    if (outcome === 'lost') return this.obtain(wanted);
    if (isRepeatable(outcome)) return { compiled: outcome, cached: true };
    return { compiled: await wanted.make(), cached: false };
  }

  /** Looks on disk and compiles if there is nothing. Runs that need the same program wait for it. */
  async #lead(wanted: Wanted): Promise<Found> {
    const { key, sharedKey } = wanted;
    const finding = this.#find(wanted);
    const settle = (outcome: InFlight) => {
      this.#inFlight.delete(sharedKey);
      return outcome;
    };
    const pending = finding.then(
      ({ compiled }) => settle(compiled),
      () => settle('lost'),
    );
    this.#inFlight.set(sharedKey, pending);
    const found = await finding;
    if (isRepeatable(found.compiled)) this.#memory.put(key, found.compiled);
    return found;
  }

  async #find({ key, make }: Wanted): Promise<Found> {
    const stored = await this.#store.read(key);
    if (stored && isCurrent(stored, Date.now())) return { compiled: stored, cached: true };
    const compiled = await make();
    if (isRepeatable(compiled)) this.#store.write(key, compiled);
    return { compiled, cached: false };
  }
}
