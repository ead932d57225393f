import type { Field } from '../errors.ts';
import type { ProgramRequest } from '../request.ts';
import type { Violations } from './violations.ts';

/** The kernel's limit on one argument or environment string, without the final NUL. */
const MAX_STRING_BYTES = 131_071;
/** The kernel's limit on all arguments and variables of a program together, at the usual stack limit. */
const MAX_STRINGS_BYTES = 512 * 1024;
/** Each string also takes a pointer and a final NUL. */
const STRING_OVERHEAD_BYTES = 9;
const RESERVED_VARIABLES = /^(?:(?:ENCODED_CODE|ENCODED_FILES|CUSTOM_ENTRYPOINT)$|CODE_RUNNER_)/;

/** Maximum number of arguments or of variables. */
export const MAX_STRINGS = 65_536;

/** The message for a list that is too long. `ceiling` is the variable that sets the maximum. */
export function atMostItems(count: number, ceiling?: string): string {
  return `must have at most ${count} items${ceiling === undefined ? '' : ` (${ceiling})`}`;
}

/** Checks text that must reach a program unchanged. Returns what is wrong with it, if anything. */
export function textProblem(text: string, maxBytes = Number.POSITIVE_INFINITY): string | undefined {
  if (!text.isWellFormed()) return 'must not contain lone surrogates';
  if (Buffer.byteLength(text) > maxBytes) return `must be at most ${maxBytes} bytes`;
  return undefined;
}

/** Checks text that is passed to the kernel as a C string. */
export function stringProblem(text: string, maxBytes = MAX_STRING_BYTES): string | undefined {
  return text.includes('\0') ? 'must not contain NUL' : textProblem(text, maxBytes);
}

interface ListRule {
  readonly maxItems: number;
  readonly maxBytes?: number;
}

/** Checks the number of strings first, so that a list of a million items costs nothing. */
export function checkStrings(list: readonly string[], at: Field, rule: ListRule & { found: Violations }): void {
  const { found, maxItems, maxBytes } = rule;
  if (list.length > maxItems) found.add(at, atMostItems(maxItems));
  else for (const [index, text] of list.entries()) found.addIf([...at, index], stringProblem(text, maxBytes));
}

export function checkEnvironment(environment: Readonly<Record<string, string>>, found: Violations): void {
  const variables = Object.entries(environment);
  if (variables.length > MAX_STRINGS) found.add(['environment'], atMostItems(MAX_STRINGS));
  else for (const [name, value] of variables) found.addIf(['environment', { key: name }], variableProblem(name, value));
}

function variableProblem(name: string, value: string): string | undefined {
  return nameProblem(name) ?? stringProblem(name) ?? stringProblem(value);
}

function nameProblem(name: string): string | undefined {
  if (name === '' || name.includes('=')) return 'must not be empty or contain =';
  return RESERVED_VARIABLES.test(name) ? 'is reserved for the service; choose another name' : undefined;
}

/** Checks that the kernel accepts all strings of a program together. */
export function checkStringsTogether({ args, environment, entrypoint = '' }: ProgramRequest, found: Violations): void {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  if (variables.some((variable) => Buffer.byteLength(variable) > MAX_STRING_BYTES)) {
    found.add(['environment'], `a name and its value together must be shorter than ${MAX_STRING_BYTES} bytes`);
  }
  const strings = [...args, ...variables, entrypoint];
  const bytes = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + STRING_OVERHEAD_BYTES, 0);
  if (bytes > MAX_STRINGS_BYTES) {
    found.add([], `{args}, {environment} and {entrypoint} together must be at most ${MAX_STRINGS_BYTES} bytes`);
  }
}
