import { parseSize } from '../core/size.ts';

/** An environment variable: its purpose, its allowed values and its default. */
export interface Variable<T> {
  /** What the variable does, for the documentation. */
  readonly meaning: string;
  /** Allowed values; completes the sentence `PORT must be …`. */
  readonly form: string;
  /** The value if the variable is not set or empty. */
  readonly fallback: T;
  /** The default as shown in the documentation: in words, or in backticks as it would be set. Empty if there is none. */
  readonly shown: string;
  /** Returns `undefined` for an invalid value. */
  readonly parse: (text: string) => T | undefined;
}

/** `shown` describes a default that depends on the machine. */
interface Default<T> {
  readonly fallback: T;
  readonly shown?: string;
}

interface Range {
  readonly min: number;
  readonly max?: number;
}

const MEBIBYTE = 1024 ** 2;
/** Node's timers accept no longer delay: a longer one fires at once. */
const MAX_SECONDS = 2_000_000;
const MIN_SECONDS = 0.001;

export function text(meaning: string, { fallback, shown = code(fallback) }: Default<string>): Variable<string> {
  return { meaning, form: 'text', fallback, shown, parse: (given) => given };
}

/** Text that can be part of an image name. */
export function imageName(meaning: string, fallback: string): Variable<string> {
  const form = 'lower-case letters and digits with single hyphens between them';
  const parse = (given: string) => (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(given) ? given : undefined);
  return { meaning, form, fallback, shown: code(fallback), parse };
}

/** Text without a default. */
export function optionalText(meaning: string, shown = ''): Variable<string | undefined> {
  return { meaning, form: 'text', fallback: undefined, shown, parse: (given) => given };
}

export function list(meaning: string, shown = ''): Variable<readonly string[] | undefined> {
  const parse = (given: string) => {
    const items = itemsOf(given);
    return items.length > 0 ? items : undefined;
  };
  return { meaning, form: 'a list, separated by commas', fallback: undefined, shown, parse };
}

/** Host names without ports, or `*`. */
export function hostNames(meaning: string): Variable<readonly string[] | undefined> {
  const { parse } = list(meaning);
  const parseNames = (given: string) => {
    const names = parse(given);
    return names?.every((name) => /^([\w-]+(\.[\w-]+)*|\*)$/.test(name)) ? names : undefined;
  };
  const form = '* or a list of names without ports, such as runner,runner.example.com';
  return { meaning, form, fallback: undefined, shown: '', parse: parseNames };
}

/** Numbers by name, such as `python=2,node=1`. */
export function counts(meaning: string, shown: string): Variable<ReadonlyMap<string, number> | undefined> {
  const parse = (given: string) => {
    if (given === '0') return new Map<string, number>();
    const pairs = itemsOf(given).map((item) => /^([a-z0-9_-]+)=(\d{1,3})$/.exec(item));
    if (pairs.length === 0 || pairs.includes(null)) return undefined;
    return new Map(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]));
  };
  return { meaning, form: '0 or a list such as python=2,node=1', fallback: undefined, shown, parse };
}

export function number(meaning: string, options: Default<number> & Range): Variable<number> {
  return numeric({ meaning, noun: 'a number', unit: 1, isAllowed: Number.isFinite }, options);
}

export function integer(meaning: string, options: Default<number> & Range): Variable<number> {
  return numeric({ meaning, noun: 'a whole number', unit: 1, isAllowed: Number.isSafeInteger }, options);
}

/** A whole number that defaults to something else than a number. */
export function optionalInteger(
  meaning: string,
  { shown, ...range }: Range & { readonly shown: string },
): Variable<number | undefined> {
  return { ...integer(meaning, { ...range, fallback: range.min }), fallback: undefined, shown };
}

/** A whole number of MiB, converted to bytes. */
export function mebibytes(meaning: string, options: Default<number> & Range): Variable<number> {
  return numeric({ meaning, noun: 'a whole number of MiB', unit: MEBIBYTE, isAllowed: Number.isSafeInteger }, options);
}

/** Seconds, converted to milliseconds. */
export function seconds(meaning: string, fallback: number): Variable<number> {
  const range = { fallback, min: MIN_SECONDS, max: MAX_SECONDS };
  return numeric({ meaning, noun: 'a number of seconds', unit: 1000, isAllowed: Number.isFinite }, range);
}

/** A number of some unit of time, converted to milliseconds. */
export function duration(
  meaning: string,
  { noun, unitMs, ...options }: Default<number> & Range & { readonly noun: string; readonly unitMs: number },
): Variable<number> {
  return numeric({ meaning, noun: `a number of ${noun}`, unit: unitMs, isAllowed: Number.isFinite }, options);
}

/** A size such as `256m`, converted to bytes. */
export function size(meaning: string, { fallback, min }: { fallback: string; min: number }): Variable<number> {
  const parse = (given: string) => {
    const bytes = parseSize(given);
    return bytes !== undefined && bytes >= min ? bytes : undefined;
  };
  const form = `a size such as 256m, at least ${min} bytes`;
  return { meaning, form, fallback: parseSize(fallback) ?? min, shown: code(fallback), parse };
}

export function choice<const T extends string>(
  meaning: string,
  { values, fallback }: { readonly values: readonly T[]; readonly fallback: NoInfer<T> },
): Variable<T> {
  const parse = (given: string) => values.find((value) => value === given.toLowerCase());
  return { meaning, form: `one of ${values.join(', ')}`, fallback, shown: code(fallback), parse };
}

export function flag(meaning: string, fallback: boolean): Variable<boolean> {
  const { form, parse } = choice(meaning, { values: ['true', 'false'], fallback: 'false' });
  const parseFlag = (given: string) => {
    const value = parse(given);
    return value === undefined ? undefined : value === 'true';
  };
  return { meaning, form, fallback, shown: code(String(fallback)), parse: parseFlag };
}

interface Numeric {
  readonly meaning: string;
  readonly noun: string;
  /** The number is multiplied by this. */
  readonly unit: number;
  readonly isAllowed: (value: number) => boolean;
}

function numeric({ meaning, noun, unit, isAllowed }: Numeric, options: Default<number> & Range): Variable<number> {
  const { fallback, min, max = Number.POSITIVE_INFINITY, shown = code(String(fallback)) } = options;
  const parse = (given: string) => {
    const value = Number(given);
    if (!isAllowed(value) || value < min || value > max) return undefined;
    return unit === 1 ? value : Math.round(value * unit);
  };
  const range = Number.isFinite(max) ? ` from ${min} to ${max}` : `, at least ${min}`;
  return { meaning, form: noun + range, fallback: fallback * unit, shown, parse };
}

function itemsOf(given: string): string[] {
  return given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function code(value: string): string {
  return `\`${value}\``;
}
