import { type Compiled, isCurrent, isRepeatable } from './compiled.ts';
import { HotEntries } from './hot-entries.ts';
import type { CompileKey } from './key.ts';
import type { ArtefactStore } from './store.ts';

/** What to look for, and how to make it where it is not there. */
export interface Wanted {
  readonly key: CompileKey;
  /** Those who could wait for one another: the same key, and as much time and processor to make it with. */
  readonly flightKey: string;
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
type Landing = Compiled | 'lost';

const MAX_HOT_BYTES = 32 * 1024 ** 2;

/** Compiles each thing once: from memory, from the disk, by waiting for another run that is at it, and only then anew. */
export class CompileCache {
  readonly #store: ArtefactStore;
  readonly #hot: HotEntries;
  readonly #flights = new Map<string, Promise<Landing>>();

  constructor(store: ArtefactStore, maxBytes: number) {
    this.#store = store;
    this.#hot = new HotEntries({ maxBytes: Math.min(MAX_HOT_BYTES, maxBytes), onUse: (key) => void store.touch(key) });
  }

  /**
   * Rejects as `make` does, and with the signal's reason when the run is given up while it waits. A compile that was cut short is
   * shared with nobody: those who waited for it make their own. When the run that was at it is lost, one of them takes its place.
   */
  async obtain(wanted: Wanted): Promise<Found> {
    const hot = this.#hot.get(wanted.key);
    if (hot && isCurrent(hot, Date.now())) return { compiled: hot, cached: true };
    const flight = this.#flights.get(wanted.flightKey);
    if (!flight) return this.#lead(wanted);
    const landing = await untilAborted(flight, wanted.signal);
    if (landing === 'lost') return this.obtain(wanted);
    if (isRepeatable(landing)) return { compiled: landing, cached: true };
    return { compiled: await wanted.make(), cached: false };
  }

  /** Looks on the disk and, where there is nothing, compiles; whoever wants the same meanwhile waits for it. */
  async #lead(wanted: Wanted): Promise<Found> {
    const { key, flightKey } = wanted;
    const finding = this.#find(wanted);
    const land = (landing: Landing) => {
      this.#flights.delete(flightKey);
      return landing;
    };
    const flight = finding.then(
      ({ compiled }) => land(compiled),
      () => land('lost'),
    );
    this.#flights.set(flightKey, flight);
    const found = await finding;
    if (isRepeatable(found.compiled)) this.#hot.put(key, found.compiled);
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

/** The promise's value, unless the signal aborts first: then rejects with its reason. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let giveUp: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  return await Promise.race([promise, aborted]).finally(() => giveUp && signal.removeEventListener('abort', giveUp));
}
