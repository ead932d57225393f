import { createHash } from 'node:crypto';

declare const tag: unique symbol;

/** Name of a prebuild. Only `prebuildTag` makes one. */
export type PrebuildTag = string & { readonly [tag]: true };

/** What a prebuild is made of. The same spec is the same prebuild. */
export interface PrebuildSpec {
  /** Id of the runtime that is extended. */
  readonly base: string;
  /** Empty where there is none. */
  readonly setupScript: string;
  /** For the runtime's own installer, sorted. */
  readonly packages: readonly string[];
}

/** In front of a tag on the wire. */
export const TAG_PREFIX = 'prebuilt-';
/** The form of a tag. */
export const TAG_PATTERN = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** Tags that the service gives to prebuilds that runs asked for. */
const SPEC_TAG_PREFIX = 'spec-';
const SPEC_TAG_DIGITS = 24;

/** The tag that a caller means by `x` or `prebuilt-x`, or `undefined` where it is none. */
export function prebuildTag(text: string): PrebuildTag | undefined {
  const bare = text.startsWith(TAG_PREFIX) ? text.slice(TAG_PREFIX.length) : text;
  return TAG_PATTERN.test(bare) ? (bare as PrebuildTag) : undefined;
}

/** Tags that a caller cannot give. */
export function isReserved(name: PrebuildTag): boolean {
  return name.startsWith(SPEC_TAG_PREFIX);
}

/** The tag of a spec that nobody has named. */
export function specTag(specHash: string): PrebuildTag {
  return `${SPEC_TAG_PREFIX}${specHash.slice(0, SPEC_TAG_DIGITS)}` as PrebuildTag;
}

/** A spec with its packages in order, each once. */
export function prebuildSpec(base: string, setupScript: string, packages: readonly string[]): PrebuildSpec {
  return { base, setupScript, packages: [...new Set(packages)].sort() };
}

/** What identifies a spec: equal for equal specs, and for no others. */
export function hashSpec({ base, setupScript, packages }: PrebuildSpec): string {
  return createHash('sha256')
    .update(JSON.stringify([base, setupScript, packages]))
    .digest('hex');
}

/** A spec from the JSON that it was kept as, or `undefined` where that is none. */
export function parseSpec(json: string): PrebuildSpec | undefined {
  try {
    const { base, setupScript, packages } = JSON.parse(json) as Partial<Record<keyof PrebuildSpec, unknown>>;
    if (typeof base !== 'string' || typeof setupScript !== 'string' || !Array.isArray(packages)) return undefined;
    return packages.every((name) => typeof name === 'string') ? { base, setupScript, packages } : undefined;
  } catch {
    return undefined;
  }
}
