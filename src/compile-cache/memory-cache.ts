import { type Compiled, sizeOf } from './compiled.ts';
import type { CompileKey } from './key.ts';

export interface MemoryCacheOptions {
  readonly maxBytes: number;
  /** Hears of an entry's use, once in a while: one that is used all the time need not say so all the time. */
  readonly onUse: (key: CompileKey) => void;
}

interface Kept {
  readonly compiled: Compiled;
  saidUsedAt: number;
}

const SAY_USED_EVERY_MS = 1000;

/** The latest compiled programs in memory, bounded in bytes: reading and checking a file costs milliseconds. */
export class MemoryCache {
  readonly #options: MemoryCacheOptions;
  /** The longest unused first. */
  readonly #entries = new Map<CompileKey, Kept>();
  #bytes = 0;

  constructor(options: MemoryCacheOptions) {
    this.#options = options;
  }

  get(key: CompileKey): Compiled | undefined {
    const kept = this.#entries.get(key);
    if (!kept) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, kept);
    if (performance.now() - kept.saidUsedAt > SAY_USED_EVERY_MS) {
      kept.saidUsedAt = performance.now();
      this.#options.onUse(key);
    }
    return kept.compiled;
  }

  put(key: CompileKey, compiled: Compiled): void {
    this.#delete(key);
    if (sizeOf(compiled) > this.#options.maxBytes) return;
    this.#entries.set(key, { compiled, saidUsedAt: performance.now() });
    this.#bytes += sizeOf(compiled);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.#delete(oldest);
    }
  }

  #delete(key: CompileKey): void {
    const kept = this.#entries.get(key);
    if (!kept) return;
    this.#bytes -= sizeOf(kept.compiled);
    this.#entries.delete(key);
  }
}
