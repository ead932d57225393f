import type { Prebuild } from './catalog.ts';

/** A use this recent may be a run whose sandbox is still being made. */
const JUST_USED_MS = 60_000;

export interface ExpiryRule {
  readonly nowMs: number;
  readonly maxAgeMs: number;
  /** Ids of the images that containers are made of. */
  readonly inUse: ReadonlySet<string>;
}

/** The prebuilds that nobody has used, or else made, within the age; never one that is in use. */
export function expired(prebuilds: readonly Prebuild[], { nowMs, maxAgeMs, inUse }: ExpiryRule): Prebuild[] {
  return prebuilds.filter(({ image, lastUsedAtMs = 0 }) => {
    const idleMs = nowMs - Math.max(lastUsedAtMs, image.createdAtMs);
    const isJustUsed = nowMs - lastUsedAtMs < JUST_USED_MS;
    return idleMs >= maxAgeMs && !isJustUsed && !inUse.has(image.id);
  });
}
