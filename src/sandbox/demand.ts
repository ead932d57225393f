/** Half of what is remembered is forgotten in this time. */
const HALF_LIFE_MS = 20_000;
/** Two leases shortly after one another are demand; one alone is not. */
const WORTH_KEEPING = 1.5;
const FORGOTTEN = 0.25;
/** So many leases within a half-life want one more sandbox kept. */
const LEASES_PER_SANDBOX = 40;

/** How much a kind of sandbox has been asked for lately: a count of leases that fades with time. */
export class Demand {
  #score = 0;
  #at = 0;

  note(nowMs: number): void {
    this.#score = this.#scoreAt(nowMs) + 1;
    this.#at = nowMs;
  }

  /** How many sandboxes are worth keeping warm now; 0 when the demand has ended. */
  worth(nowMs: number): number {
    const score = this.#scoreAt(nowMs);
    return score < WORTH_KEEPING ? 0 : 1 + Math.floor(score / LEASES_PER_SANDBOX);
  }

  /** Whether it is so long ago that it need not be remembered. */
  isForgotten(nowMs: number): boolean {
    return this.#scoreAt(nowMs) < FORGOTTEN;
  }

  #scoreAt(nowMs: number): number {
    return this.#score * 2 ** ((this.#at - nowMs) / HALF_LIFE_MS);
  }
}
