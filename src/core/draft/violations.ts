import { type Field, InvalidRequest, type Violation, type ViolationKind } from '../errors.ts';

/** Enough to be of use; a request can be wrong in a million ways. */
const MAX_VIOLATIONS = 100;

/** Gathers what is wrong with a draft. */
export class Violations {
  readonly #found: Violation[] = [];

  get found(): readonly Violation[] {
    return this.#found;
  }

  /** Whether there is no use in looking further. */
  get isFull(): boolean {
    return this.#found.length >= MAX_VIOLATIONS;
  }

  add(field: Field, message: string, kind: ViolationKind = 'invalid'): void {
    if (!this.isFull) this.#found.push({ field, message, kind });
  }

  /** Adds what a check says, if it says anything. */
  addIf(field: Field, message: string | undefined): void {
    if (message !== undefined) this.add(field, message);
  }
}

/** What a draft comes to: the thing itself, or everything that is wrong with it. */
export type Checked<T> =
  | { readonly value: T; readonly violations?: never }
  | { readonly value?: never; readonly violations: readonly [Violation, ...Violation[]] };

/** The value, unless something is wrong. */
export function checked<T>(value: T, { found: [first, ...others] }: Violations): Checked<T> {
  return first ? { violations: [first, ...others] } : { value };
}

/** The value of a draft that is right. Throws `InvalidRequest`. */
export function requireValid<T>(result: Checked<T>): T {
  if (result.violations) throw new InvalidRequest(result.violations);
  return result.value;
}
