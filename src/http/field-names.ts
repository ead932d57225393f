import type { FieldName } from '../core/draft/draft.ts';
import { cutEcho } from '../core/echo.ts';
import type { Field, Step, Violation } from '../core/errors.ts';

/** The names of `core`'s fields on the wire. A field without a row does not compile. */
const WIRE_NAMES = {
  runtime: 'image',
  code: 'code',
  files: 'files',
  entrypoint: 'entrypoint',
  args: 'args',
  stdin: 'stdin',
  environment: 'environment',
  isolation: 'isolation',
  timeoutMs: 'timeout',
  compileTimeoutMs: 'compile_timeout',
  cpuTimeoutMs: 'cpu_timeout',
  memoryBytes: 'mem_limit',
  cpuShares: 'cpu_shares',
  cpus: 'cpus',
  diskBytes: 'disk_limit',
  pids: 'pids_limit',
  outputBytes: 'output_limit',
  network: 'allow_network',
  prebuild: 'prebuild_spec',
  packages: 'packages',
  base: 'base_image',
  setupScript: 'setup_script',
  tag: 'tag',
  outputFiles: 'output_files',
  tests: 'tests',
  name: 'name',
  expected: 'expected_stdout',
  comparison: 'comparison',
  epsilon: 'float',
  stopsOnFailure: 'stop_on_failure',
  checker: 'checker',
  interactor: 'interactor',
} as const satisfies Record<FieldName, string>;

/** What is wrong with one part of the body, as reported to the caller. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

export function toFieldError({ field, message }: Violation): FieldError {
  return { pointer: pointerTo(field), message: withWireNames(message) };
}

/** The JSON pointer of a field. */
export function pointerTo(field: Field): string {
  return jsonPointer(field.map(wireStep));
}

/** Builds a JSON pointer (RFC 6901). It is cut if keys that the caller chose make it long. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return cutEcho(path.map((key) => `/${escapeKey(cutEcho(String(key)))}`).join(''));
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Replaces `{field}` in a message by the field's name on the wire. */
export function withWireNames(message: string): string {
  return message.replace(/\{(\w+)\}/g, (text, name: string) => (isFieldName(name) ? WIRE_NAMES[name] : text));
}

/** The names on the wire of all fields that a message refers to. */
export function fieldsIn(message: string): string[] {
  return [...message.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => (isFieldName(name) ? WIRE_NAMES[name] : name));
}

function wireStep(step: Step): string | number {
  if (typeof step === 'object') return step.key;
  return typeof step === 'string' && isFieldName(step) ? WIRE_NAMES[step] : step;
}

function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(WIRE_NAMES, name);
}
