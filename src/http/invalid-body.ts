import { RunnerError, type Violation } from '../core/errors.ts';
import { nearestName } from '../core/nearest-name.ts';
import { type FieldError, fieldsIn, jsonPointer, toFieldError } from './field-names.ts';

/** Enough to be of use; a request can be wrong in a million ways. */
const MAX_ERRORS = 100;

/** A part of the body that has the wrong shape, as zod tells it. */
export interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly issues?: readonly { readonly message: string }[];
}

/** What is known of a body beside what is wrong with its shape. */
interface BodyContext {
  /** What else is wrong with it. */
  readonly beyondShape?: readonly Violation[];
  /** The names that its fields can have. */
  readonly knownFields?: readonly string[];
}

/** A body that is JSON but not of the right shape. */
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

/** What a route does with a request whose shape zod has looked at, unless it has its own answer. */
export function refuseInvalid(
  result: { success: true } | { success: false; error: { issues: readonly Issue[] } },
): void {
  if (!result.success) throw new InvalidBody(result.error.issues);
}

/**
 * The fields of a body whose shape is right, so that all that is wrong with a request can be told at once. `undefined` where the body
 * is no object.
 */
export function wellShapedFields(body: unknown, issues: readonly Issue[]): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const misshapen = misshapenFields(issues);
  return Object.fromEntries(Object.entries(body).filter(([name]) => !misshapen.has(name)));
}

/** Those that are true whatever the misshapen fields would say: whoever names one of them may be wrong. */
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
