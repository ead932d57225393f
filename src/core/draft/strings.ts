import type { Field } from '../errors.ts';
import type { ProgramRequest } from '../request.ts';
import type { Violations } from './violations.ts';

/** The kernel's own limit on one argument or environment string, less the final NUL. */
const MAX_STRING_BYTES = 131_071;
/** All arguments and variables of a program together; the kernel takes no more with its usual stack limit. */
const MAX_STRINGS_BYTES = 512 * 1024;
/** What each of them takes beside its bytes: a pointer and a final NUL. */
const STRING_OVERHEAD_BYTES = 9;
const RESERVED_VARIABLES = /^(?:(?:ENCODED_CODE|ENCODED_FILES|CUSTOM_ENTRYPOINT)$|CODE_RUNNER_)/;

/** How many arguments or variables a program can have. */
export const MAX_STRINGS = 65_536;

/** How a list that is too long is refused. */
export function atMostItems(count: number, ceiling?: string): string {
  return `must be at most ${count}${ceiling === undefined ? '' : ` (${ceiling})`}`;
}

/** What is wrong with text that is to reach a program unchanged, and is no longer than so many bytes. */
export function textProblem(text: string, maxBytes = Number.POSITIVE_INFINITY): string | undefined {
  if (!text.isWellFormed()) return 'must not hold lone surrogates';
  if (Buffer.byteLength(text) > maxBytes) return `must be at most ${maxBytes} bytes`;
  return undefined;
}

/** The same for what the kernel takes as a C string. */
export function stringProblem(text: string, maxBytes = MAX_STRING_BYTES): string | undefined {
  return text.includes('\0') ? 'must not hold NUL' : textProblem(text, maxBytes);
}

interface ListRule {
  readonly maxItems: number;
  readonly maxBytes?: number;
}

/** Checks the length first: there is no use in looking at a million items. */
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
  if (name === '' || name.includes('=')) return 'must not be empty or hold =';
  return RESERVED_VARIABLES.test(name) ? 'is reserved for the service: choose another name' : undefined;
}

/** What only all strings of a program together show: whether the kernel takes them. */
export function checkStringsTogether({ args, environment, entrypoint = '' }: ProgramRequest, found: Violations): void {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  if (variables.some((variable) => Buffer.byteLength(variable) > MAX_STRING_BYTES)) {
    found.add(['environment'], `a name and its value together must be less than ${MAX_STRING_BYTES} bytes`);
  }
  const strings = [...args, ...variables, entrypoint];
  const bytes = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + STRING_OVERHEAD_BYTES, 0);
  if (bytes > MAX_STRINGS_BYTES) {
    found.add([], `{args}, {environment} and {entrypoint} together must be at most ${MAX_STRINGS_BYTES} bytes`);
  }
}
