import { type Compiled, sizeOf } from './compiled.ts';
import type { CompileKey } from './key.ts';

export interface HotEntriesOptions {
  readonly maxBytes: number;
  /** Hears of an entry's use, once in a while: one that is used all the time need not say so all the time. */
  readonly onUse: (key: CompileKey) => void;
}

interface Hot {
  readonly compiled: Compiled;
  saidUsedAt: number;
}

const SAY_USED_EVERY_MS = 1000;

/** The latest compiled programs in memory, bounded in bytes: reading and checking a file costs milliseconds. */
export class HotEntries {
  readonly #options: HotEntriesOptions;
  /** The longest unused first. */
  readonly #entries = new Map<CompileKey, Hot>();
  #bytes = 0;

  constructor(options: HotEntriesOptions) {
    this.#options = options;
  }

  get(key: CompileKey): Compiled | undefined {
    const hot = this.#entries.get(key);
    if (!hot) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, hot);
    if (performance.now() - hot.saidUsedAt > SAY_USED_EVERY_MS) {
      hot.saidUsedAt = performance.now();
      this.#options.onUse(key);
    }
    return hot.compiled;
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
    const hot = this.#entries.get(key);
    if (!hot) return;
    this.#bytes -= sizeOf(hot.compiled);
    this.#entries.delete(key);
  }
}
