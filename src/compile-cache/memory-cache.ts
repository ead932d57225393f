import { type Compiled, sizeOf } from './compiled.ts';
import type { CompileKey } from './key.ts';

export interface MemoryCacheOptions {
  readonly maxBytes: number;
  /** Called when an entry is used, at most once per second and entry. */
  readonly onUse: (key: CompileKey) => void;
}

interface Kept {
  readonly compiled: Compiled;
  useReportedAt: number;
}

const REPORT_USE_EVERY_MS = 1000;

/** The most recently used compiled programs, in memory, because reading and checking a file takes milliseconds. */
export class MemoryCache {
  readonly #options: MemoryCacheOptions;
  /** The least recently used entry is first. */
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
    if (performance.now() - kept.useReportedAt > REPORT_USE_EVERY_MS) {
      kept.useReportedAt = performance.now();
      this.#options.onUse(key);
    }
    return kept.compiled;
  }

  put(key: CompileKey, compiled: Compiled): void {
    this.#delete(key);
    if (sizeOf(compiled) > this.#options.maxBytes) return;
    this.#entries.set(key, { compiled, useReportedAt: performance.now() });
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
