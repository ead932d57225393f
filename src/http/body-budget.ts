import { ByteBudget } from './byte-budget.ts';

/** Most bodies are far smaller. They are also parsed in one go, which takes less than a millisecond. */
export const SMALL_BODY_BYTES = 64 * 1024;
/** While a body is read and its strings are decoded, up to two copies of a part of it exist. */
const HELD_PER_BYTE = 2;
/** What small bodies have for themselves, in parts of what all may hold. */
const SMALL_SHARE = 1 / 8;

/**
 * What the bodies of all requests under way may hold together. Small ones have a share of their own beside it, so that a few large
 * uploads, however slow, do not keep everybody else out.
 */
export class BodyBudget {
  readonly #shared: ByteBudget;
  readonly #small: ByteBudget;

  constructor(maxBytes: number) {
    this.#shared = new ByteBudget(maxBytes);
    this.#small = new ByteBudget(maxBytes * SMALL_SHARE);
  }

  /** Room for a body of this length, or `undefined` where there is none. The function gives it back, once. */
  take(length: number): (() => void) | undefined {
    const bytes = HELD_PER_BYTE * length;
    const own = length <= SMALL_BODY_BYTES ? this.#small.take(bytes) : undefined;
    return own ?? this.#shared.take(bytes);
  }
}
