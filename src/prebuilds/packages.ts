import { RunnerError } from '../core/errors.ts';
import type { Runtime } from '../runtimes/registry.ts';
import { MAX_PACKAGES } from './spec.ts';

const MAX_PACKAGE_CHARACTERS = 200;
/** No option, no path, no address, nothing that a shell would read. */
const PLAIN = /^[A-Za-z0-9@][A-Za-z0-9@._~+\-/:^<>=!*,[\]]*$/;

/** The packages, as their installer takes them. Throws `invalid_request`, naming those that are none. */
export function checkPackages(packages: readonly string[], runtime: Runtime): readonly string[] {
  if (packages.length === 0) return packages;
  const installer = runtime.manifest.prebuild?.packages;
  if (!installer) throw invalid('/packages', 'this runtime has no installer');
  if (packages.length > MAX_PACKAGES) throw invalid('/packages', `must be at most ${MAX_PACKAGES}`);
  const pattern = new RegExp(`^(?:${installer.pattern})$`);
  const violations = packages.flatMap((name, index) =>
    isPackage(name, pattern) ? [] : [{ pointer: `/packages/${index}`, message: 'is not a package of this runtime' }],
  );
  const [first] = violations;
  if (first) throw new RunnerError('invalid_request', `${first.pointer}: ${first.message}`, { violations });
  return packages;
}

function isPackage(name: string, pattern: RegExp): boolean {
  if (name.length > MAX_PACKAGE_CHARACTERS || !PLAIN.test(name)) return false;
  return !name.includes('..') && !name.includes('//') && pattern.test(name);
}

function invalid(pointer: string, message: string): RunnerError {
  return new RunnerError('invalid_request', `${pointer}: ${message}`, { violations: [{ pointer, message }] });
}
