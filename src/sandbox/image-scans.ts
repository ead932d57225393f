import { setTimeout as sleep } from 'node:timers/promises';

/** Minimum time between two scans, so that many callers do not load the engine. */
const SCAN_GAP_MS = 100;

/** Scans of the engine's images, for everyone who needs to know them. */
export class ImageScans<Scan> {
  readonly #scan: () => Promise<Scan>;
  readonly #listeners: ((scan: Scan) => void)[] = [];
  /** The scan in progress. */
  #scanning: Promise<Scan> | undefined;
  /** The next scan, which has not started yet. All callers until then share it. */
  #next: Promise<Scan> | undefined;
  #scannedAtMs = Number.NEGATIVE_INFINITY;

  constructor(scan: () => Promise<Scan>) {
    this.#scan = scan;
  }

  /** Called with the result of every scan, before its callers have it. */
  onScan(listener: (scan: Scan) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Asks the engine. The scan always starts after this call, because an earlier one may miss what this or another service has built
   * since. All callers during a scan, or shortly after it, share the next one. Rejects if the scan fails.
   */
  fresh(): Promise<Scan> {
    this.#next ??= this.#scanNext();
    return this.#next;
  }

  async #scanNext(): Promise<Scan> {
    await this.#scanning?.catch(() => undefined);
    const waitMs = this.#scannedAtMs + SCAN_GAP_MS - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    this.#next = undefined;
    this.#scanning = this.#scan().finally(() => {
      this.#scannedAtMs = performance.now();
    });
    const scan = await this.#scanning;
    for (const listener of this.#listeners) listener(scan);
    return scan;
  }
}
