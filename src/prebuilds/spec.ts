import { createHash } from 'node:crypto';

declare const tag: unique symbol;

/** The name of a prebuild. Only `prebuildTag` creates one. */
export type PrebuildTag = string & { readonly [tag]: true };

/** The contents of a prebuild. Equal specs are the same prebuild. */
export interface PrebuildSpec {
  /** Id of the runtime to extend. */
  readonly base: string;
  /** Empty if there is no script. */
  readonly setupScript: string;
  /** Packages for the runtime's installer, sorted. */
  readonly packages: readonly string[];
}

/** Prefix of a tag on the wire. */
export const TAG_PREFIX = 'prebuilt-';
/** The syntax of a tag. */
export const TAG_PATTERN = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** Prefix of tags that the service gives to prebuilds that runs asked for. */
const SPEC_TAG_PREFIX = 'spec-';
const SPEC_TAG_DIGITS = 24;

/** The tag that a caller means by `x` or `prebuilt-x`, or `undefined` if it is not a valid tag. */
export function prebuildTag(text: string): PrebuildTag | undefined {
  const bare = text.startsWith(TAG_PREFIX) ? text.slice(TAG_PREFIX.length) : text;
  return TAG_PATTERN.test(bare) ? (bare as PrebuildTag) : undefined;
}

/** Whether callers may not use this tag. */
export function isReserved(name: PrebuildTag): boolean {
  return name.startsWith(SPEC_TAG_PREFIX);
}

/** The tag of a prebuild that a run asked for by its spec. */
export function specTag(specHash: string): PrebuildTag {
  return `${SPEC_TAG_PREFIX}${specHash.slice(0, SPEC_TAG_DIGITS)}` as PrebuildTag;
}

/** Creates a spec with its packages sorted and without duplicates. */
export function prebuildSpec(base: string, setupScript: string, packages: readonly string[]): PrebuildSpec {
  return { base, setupScript, packages: [...new Set(packages)].sort() };
}

/** A hash that identifies a spec. */
export function hashSpec({ base, setupScript, packages }: PrebuildSpec): string {
  return createHash('sha256')
    .update(JSON.stringify([base, setupScript, packages]))
    .digest('hex');
}

/** Parses a spec from JSON. Returns `undefined` if it is not one. */
export function parseSpec(json: string): PrebuildSpec | undefined {
  try {
    const { base, setupScript, packages } = JSON.parse(json) as Partial<Record<keyof PrebuildSpec, unknown>>;
    if (typeof base !== 'string' || typeof setupScript !== 'string' || !Array.isArray(packages)) return undefined;
    return packages.every((name) => typeof name === 'string') ? { base, setupScript, packages } : undefined;
  } catch {
    return undefined;
  }
}
