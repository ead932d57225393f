import type { Prebuild } from './catalog.ts';

/** A use this recent may belong to a run whose sandbox is still being created. */
const JUST_USED_MS = 60_000;

export interface ExpiryRule {
  readonly nowMs: number;
  readonly maxAgeMs: number;
  /** Ids of the images that containers currently use. */
  readonly inUse: ReadonlySet<string>;
}

/** The prebuilds that have been neither built nor used within `maxAgeMs` and are not in use now. */
export function expired(prebuilds: readonly Prebuild[], { nowMs, maxAgeMs, inUse }: ExpiryRule): Prebuild[] {
  return prebuilds.filter(({ image, lastUsedAtMs = 0 }) => {
    const idleMs = nowMs - Math.max(lastUsedAtMs, image.createdAtMs);
    const isJustUsed = nowMs - lastUsedAtMs < JUST_USED_MS;
    return idleMs >= maxAgeMs && !isJustUsed && !inUse.has(image.id);
  });
}
