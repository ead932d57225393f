/** A tenant that has not been seen for so long does not count. */
const FORGOTTEN_AFTER_MS = 60_000;

/** Knows whether more than one tenant uses something nowadays. */
export class RecentTenants {
  readonly #lastSeenMs = new Map<string, number>();

  note(tenant: string, nowMs: number): void {
    this.#lastSeenMs.set(tenant, nowMs);
  }

  areSeveral(nowMs: number): boolean {
    for (const [tenant, seenMs] of this.#lastSeenMs) {
      if (nowMs - seenMs > FORGOTTEN_AFTER_MS) this.#lastSeenMs.delete(tenant);
    }
    return this.#lastSeenMs.size > 1;
  }
}
