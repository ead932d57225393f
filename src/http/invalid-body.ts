import { RunnerError, type Violation } from '../core/errors.ts';
import { nearestName } from '../core/nearest-name.ts';
import { type FieldError, fieldsIn, jsonPointer, toFieldError } from './field-names.ts';

/** A caller needs no more, and a request can be wrong in a million places. */
const MAX_ERRORS = 100;

/** A part of the body with the wrong shape, as zod reports it. */
export interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly issues?: readonly { readonly message: string }[];
}

/** What else is known about a body with the wrong shape. */
interface BodyContext {
  /** Violations in the parts that have the right shape. */
  readonly beyondShape?: readonly Violation[];
  /** The names of all fields that the body may have. */
  readonly knownFields?: readonly string[];
}

/** A body that is valid JSON but has the wrong shape. */
export class InvalidBody extends RunnerError {
  readonly errors: readonly FieldError[];

  constructor(issues: readonly Issue[], { beyondShape = [], knownFields = [] }: BodyContext = {}) {
    const misshapen = issues.slice(0, MAX_ERRORS).flatMap((issue) => toFieldErrors(issue, knownFields));
    const errors = [...misshapen, ...beyondShape.map(toFieldError)];
    const [first] = errors;
    super('invalid_request', first ? `${first.pointer || 'The body'}: ${first.message}` : 'The request is not valid.');
    this.errors = errors.slice(0, MAX_ERRORS);
  }
}

/** The default hook of routes: refuses a request that does not match its schema. */
export function refuseInvalid(
  result: { success: true } | { success: false; error: { issues: readonly Issue[] } },
): void {
  if (!result.success) throw new InvalidBody(result.error.issues);
}

/**
 * The fields of a body that have the right shape. They are checked further, so that everything that is wrong with a request is
 * reported at once. Returns `undefined` if the body is not an object.
 */
export function wellShapedFields(body: unknown, issues: readonly Issue[]): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const misshapen = misshapenFields(issues);
  return Object.fromEntries(Object.entries(body).filter(([name]) => !misshapen.has(name)));
}

/** The violations that do not depend on a field with the wrong shape: a message that refers to such a field may be wrong. */
export function independentOf(issues: readonly Issue[], violations: readonly Violation[]): Violation[] {
  const misshapen = misshapenFields(issues);
  return violations.filter(({ message }) => !fieldsIn(message).some((name) => misshapen.has(name)));
}

function misshapenFields(issues: readonly Issue[]): ReadonlySet<string> {
  return new Set(issues.flatMap(({ path: [field], keys = [] }) => (field === undefined ? keys : [String(field)])));
}

function toFieldErrors({ code, path, message, keys, issues }: Issue, knownFields: readonly string[]): FieldError[] {
  if (code === 'unrecognized_keys' && keys) {
    const known = path.length === 0 ? knownFields : [];
    return keys
      .slice(0, MAX_ERRORS)
      .map((key) => ({ pointer: jsonPointer([...path, key]), message: unknownField(key, known) }));
  }
  if (code === 'invalid_key' && issues)
    return issues.map((issue) => ({ pointer: jsonPointer(path), message: issue.message }));
  return [{ pointer: jsonPointer(path), message }];
}

function unknownField(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? 'unknown field' : `unknown field: did you mean ${nearest}?`;
}
