import { checkPackageNames } from '../core/draft/extension.ts';
import { Violations } from '../core/draft/violations.ts';
import { InvalidRequest } from '../core/errors.ts';
import type { Runtime } from '../runtimes/registry.ts';

/** Excludes options, paths, addresses and characters that are special to a shell. */
const PLAIN = /^[A-Za-z0-9@][A-Za-z0-9@._~+\-/:^<>=!*,[\]]*$/;

/** Checks that the runtime's installer accepts these packages. Throws `InvalidRequest` with a violation for each one that it does not. */
export function checkPackages(packages: readonly string[], runtime: Runtime): readonly string[] {
  if (packages.length === 0) return packages;
  const found = new Violations();
  checkPackageNames(packages, found);
  if (found.found.length === 0) checkInstallable(packages, runtime, found);
  const [first, ...others] = found.found;
  if (first) throw new InvalidRequest([first, ...others]);
  return packages;
}

function checkInstallable(packages: readonly string[], { id, manifest }: Runtime, found: Violations): void {
  const pattern = manifest.prebuild?.packages?.pattern;
  if (pattern === undefined) {
    found.add(['packages'], `cannot be used: ${id} has no package installer`);
    return;
  }
  const whole = new RegExp(`^(?:${pattern})$`);
  const message = `must be a package name, optionally with a version, in the form that the installer of ${id} accepts`;
  for (const [index, name] of packages.entries()) if (!isPackage(name, whole)) found.add(['packages', index], message);
}

function isPackage(name: string, pattern: RegExp): boolean {
  return PLAIN.test(name) && !name.includes('..') && !name.includes('//') && pattern.test(name);
}
