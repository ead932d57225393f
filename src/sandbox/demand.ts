/** The demand score halves in this time. */
const HALF_LIFE_MS = 20_000;
/** Two leases in short succession count as demand; a single lease does not. */
const MIN_SCORE = 1.5;
const FORGOTTEN_SCORE = 0.25;
/** One more sandbox is kept for every this many leases within a half-life. */
const LEASES_PER_SANDBOX = 40;

/** The recent demand for sandboxes of one spec: a count of leases that decays with time. */
export class Demand {
  #score = 0;
  #at = 0;

  note(nowMs: number): void {
    this.#score = this.#scoreAt(nowMs) + 1;
    this.#at = nowMs;
  }

  /** How many sandboxes to keep warm now; 0 when the demand has ended. */
  target(nowMs: number): number {
    const score = this.#scoreAt(nowMs);
    return score < MIN_SCORE ? 0 : 1 + Math.floor(score / LEASES_PER_SANDBOX);
  }

  /** Whether the last demand is so long ago that this object can be dropped. */
  isForgotten(nowMs: number): boolean {
    return this.#scoreAt(nowMs) < FORGOTTEN_SCORE;
  }

  #scoreAt(nowMs: number): number {
    return this.#score * 2 ** ((this.#at - nowMs) / HALF_LIFE_MS);
  }
}
