import { RunnerError } from '../../../core/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The engine's JSON is checked where it is used. If it does not match the API, throws `internal` with the problem as its cause. */
export function asObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw unexpected(`${what} is not an object`);
}

/** A list whose items are parsed by `read`. */
export function asList<T>(value: unknown, what: string, read: (item: JsonObject) => T): T[] {
  if (!Array.isArray(value)) throw unexpected(`${what} is not a list`);
  return value.map((item) => read(asObject(item, `an item of ${what}`)));
}

export function objectAt(of: JsonObject, key: string): JsonObject {
  return asObject(of[key], key);
}

export function textAt(of: JsonObject, key: string): string {
  const value = of[key];
  if (typeof value === 'string') return value;
  throw unexpected(`${key} is not a string`);
}

export function numberAt(of: JsonObject, key: string): number {
  const value = of[key];
  if (typeof value === 'number') return value;
  throw unexpected(`${key} is not a number`);
}

export function booleanAt(of: JsonObject, key: string): boolean {
  const value = of[key];
  if (typeof value === 'boolean') return value;
  throw unexpected(`${key} is not a boolean`);
}

/** Strings by key; the engine uses `null` for an empty one. */
export function textsByKeyAt(of: JsonObject, key: string): Readonly<Record<string, string>> {
  const value = of[key] ?? {};
  if (isObject(value) && isTexts(Object.values(value))) return value as Readonly<Record<string, string>>;
  throw unexpected(`${key} does not contain only strings`);
}

/** A list of strings; the engine uses `null` for an empty one. */
export function textsAt(of: JsonObject, key: string): readonly string[] {
  const value = of[key] ?? [];
  if (isTexts(value)) return value;
  throw unexpected(`${key} is not a list of strings`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function unexpected(problem: string): RunnerError {
  return new RunnerError('internal', 'The container engine gave an unexpected answer.', { cause: new Error(problem) });
}
