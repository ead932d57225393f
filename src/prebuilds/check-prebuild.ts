import type { PrebuildDraft, RequestPolicy } from '../core/draft/draft.ts';
import { checkPackageNames, checkScript } from '../core/draft/extension.ts';
import { type Checked, checked, Violations } from '../core/draft/violations.ts';
import { isReserved, type PrebuildTag, prebuildTag, TAG_PATTERN } from './spec.ts';

/** A checked request for a prebuild. Whether its base exists and accepts the packages is checked later. */
export interface PrebuildOrder {
  readonly tag: PrebuildTag;
  readonly base: string;
  readonly setupScript: string;
  readonly packages: readonly string[];
}

/** Checks a draft of a prebuild. Returns the request, or everything that is wrong with it. */
export function checkPrebuild(draft: PrebuildDraft, { defaultRuntime }: RequestPolicy): Checked<PrebuildOrder> {
  const found = new Violations();
  const { base, setupScript, packages } = draft;
  const tag = checkTag(draft.tag, found);
  if (!setupScript && !packages?.length) found.add(['setupScript'], 'is required unless {packages} is given');
  checkScript(setupScript ?? '', ['setupScript'], found);
  checkPackageNames(packages ?? [], found);
  return checked(
    { tag, base: base ?? defaultRuntime, setupScript: setupScript ?? '', packages: packages ?? [] },
    found,
  );
}

function checkTag(text: string, found: Violations): PrebuildTag {
  const tag = prebuildTag(text);
  if (tag === undefined) found.add(['tag'], `must match ${TAG_PATTERN.source}`);
  else if (isReserved(tag))
    found.add(['tag'], 'is reserved for prebuilds that the service creates itself; choose another tag');
  return tag ?? ('' as PrebuildTag);
}
