import { ByteBudget } from './byte-budget.ts';

/** Most bodies are far smaller than this. Parsing one takes less than a millisecond. */
export const SMALL_BODY_BYTES = 64 * 1024;
/** While a body is read and its strings are decoded, parts of it exist twice. */
const HELD_PER_BYTE = 2;
/** The extra budget of small bodies, as a share of the whole budget. */
const SMALL_SHARE = 1 / 8;

/**
 * Bounds the memory of all request bodies together. Small bodies have an extra budget, so that a few large or slow uploads cannot
 * keep everyone else out.
 */
export class BodyBudget {
  readonly #shared: ByteBudget;
  readonly #small: ByteBudget;

  constructor(maxBytes: number) {
    this.#shared = new ByteBudget(maxBytes);
    this.#small = new ByteBudget(maxBytes * SMALL_SHARE);
  }

  /** Reserves memory for a body of this many bytes. Returns a function that frees it, or `undefined` if the budget is used up. */
  take(length: number): (() => void) | undefined {
    const bytes = HELD_PER_BYTE * length;
    const own = length <= SMALL_BODY_BYTES ? this.#small.take(bytes) : undefined;
    return own ?? this.#shared.take(bytes);
  }
}
