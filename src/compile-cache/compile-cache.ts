import { raceAbort } from '../core/abort.ts';
import { type Compiled, isCurrent, isRepeatable } from './compiled.ts';
import type { CompileKey } from './key.ts';
import { MemoryCache } from './memory-cache.ts';
import type { ArtefactStore } from './store.ts';

/** What to look for, and how to make it where it is not there. */
export interface Wanted {
  readonly key: CompileKey;
  /** Those who could wait for one another: the same key, and as much time and processor to make it with. */
  readonly sharedKey: string;
  /** Compiles. Rejects when the sandbox or the run is lost. */
  readonly make: () => Promise<Compiled>;
  readonly signal: AbortSignal;
}

export interface Found {
  readonly compiled: Compiled;
  /** Whether nothing was compiled for this run. */
  readonly cached: boolean;
}

/** How a shared compilation ended for those who waited: `lost` with the run that it was made for. */
type InFlight = Compiled | 'lost';

const MAX_MEMORY_BYTES = 32 * 1024 ** 2;

/** Compiles each thing once: from memory, from the disk, by waiting for another run that is at it, and only then anew. */
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
   * Rejects as `make` does, and with the signal's reason when the run is given up while it waits. A compile that was cut short is
   * shared with nobody: those who waited for it make their own. When the run that was at it is lost, one of them takes its place.
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

  /** Looks on the disk and, where there is nothing, compiles; whoever wants the same meanwhile waits for it. */
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
