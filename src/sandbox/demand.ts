import type { Isolation } from '../core/isolation.ts';

/** The demand score halves in this time. */
const HALF_LIFE_MS = 20_000;
/** Two leases in short succession count as demand; a single lease does not. */
const MIN_SCORE = 1.5;
const FORGOTTEN_SCORE = 0.25;
/** One more sandbox is kept for every this many leases within a half-life. */
const LEASES_PER_SANDBOX = 40;

/** The recent demand for sandboxes of one spec: a count of leases, and of how many at once, that decay with time. */
export class Demand {
  #score = 0;
  #peak = 0;
  #at = 0;

  /** Notes a lease, and how many there are at once with it. */
  note(nowMs: number, concurrent: number): void {
    this.#score = this.#decayed(this.#score, nowMs) + 1;
    this.#peak = Math.max(this.#decayed(this.#peak, nowMs), concurrent);
    this.#at = nowMs;
  }

  /** The number of leases of late, each counted less the longer ago it was. */
  score(nowMs: number): number {
    return this.#decayed(this.#score, nowMs);
  }

  /** How many sandboxes to keep warm now; 0 when the demand has ended. Cells come back, so as many are enough as were leased at once. */
  target(nowMs: number, isolation: Isolation): number {
    const score = this.score(nowMs);
    if (score < MIN_SCORE) return 0;
    const target = 1 + Math.floor(score / LEASES_PER_SANDBOX);
    return isolation === 'cell' ? Math.min(target, Math.ceil(this.#decayed(this.#peak, nowMs))) : target;
  }

  /** Whether the last demand is so long ago that this object can be dropped. */
  isForgotten(nowMs: number): boolean {
    return this.score(nowMs) < FORGOTTEN_SCORE;
  }

  #decayed(value: number, nowMs: number): number {
    return value * 2 ** ((this.#at - nowMs) / HALF_LIFE_MS);
  }
}
