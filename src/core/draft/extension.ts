import type { Field } from '../errors.ts';
import type { Extension } from '../request.ts';
import type { ExtensionDraft, RequestPolicy } from './draft.ts';
import { atMostItems, stringProblem } from './strings.ts';
import type { Violations } from './violations.ts';

export const MAX_SCRIPT_BYTES = 64 * 1024;
export const MAX_PACKAGES = 100;
const MAX_PACKAGE_BYTES = 200;

/** Checks what a run needs on top of its runtime, if anything. The runtime's manifest checks the form of package names later. */
export function checkExtension(
  { prebuild, packages }: ExtensionDraft,
  { defaultRuntime, hasPrebuilds }: RequestPolicy,
  found: Violations,
): Extension | undefined {
  const off = 'cannot be used: prebuilds are off (PREBUILDS)';
  if (prebuild && !hasPrebuilds) found.add(['prebuild'], off);
  if (packages && !hasPrebuilds) found.add(['packages'], off);
  const setupScript = prebuild?.setupScript ?? '';
  if (prebuild && setupScript === '') found.add(['prebuild', 'setupScript'], 'must not be empty');
  checkScript(setupScript, ['prebuild', 'setupScript'], found);
  checkPackageNames(packages ?? [], found);
  if (!prebuild && !packages?.length) return undefined;
  return { base: prebuild ? (prebuild.base ?? defaultRuntime) : undefined, setupScript, packages: packages ?? [] };
}

export function checkScript(script: string, at: Field, found: Violations): void {
  found.addIf(at, stringProblem(script, MAX_SCRIPT_BYTES));
}

export function checkPackageNames(packages: readonly string[], found: Violations): void {
  if (packages.length > MAX_PACKAGES) found.add(['packages'], atMostItems(MAX_PACKAGES));
  else for (const [index, name] of packages.entries()) found.addIf(['packages', index], packageNameProblem(name));
}

function packageNameProblem(name: string): string | undefined {
  return name === '' ? 'must not be empty' : stringProblem(name, MAX_PACKAGE_BYTES);
}
