import { type Field, InvalidRequest, type Violation, type ViolationKind } from '../errors.ts';

/** A caller needs no more, and a request can be wrong in a million places. */
const MAX_VIOLATIONS = 100;

/** Collects what is wrong with a draft. */
export class Violations {
  readonly #found: Violation[] = [];

  get found(): readonly Violation[] {
    return this.#found;
  }

  /** Whether further violations would be dropped. */
  get isFull(): boolean {
    return this.#found.length >= MAX_VIOLATIONS;
  }

  add(field: Field, message: string, kind: ViolationKind = 'invalid'): void {
    if (!this.isFull) this.#found.push({ field, message, kind });
  }

  /** Adds the message of a check, if there is one. */
  addIf(field: Field, message: string | undefined): void {
    if (message !== undefined) this.add(field, message);
  }
}

/** The result of checking a draft: the value, or everything that is wrong with it. */
export type Checked<T> =
  | { readonly value: T; readonly violations?: never }
  | { readonly value?: never; readonly violations: readonly [Violation, ...Violation[]] };

/** The value if there are no violations, else the violations. */
export function checked<T>(value: T, { found: [first, ...others] }: Violations): Checked<T> {
  return first ? { violations: [first, ...others] } : { value };
}

/** The value of a valid draft. Throws `InvalidRequest` if the draft is not valid. */
export function requireValid<T>(result: Checked<T>): T {
  if (result.violations) throw new InvalidRequest(result.violations);
  return result.value;
}
