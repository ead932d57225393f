import { existsSync, readFileSync } from 'node:fs';

/** Beside the paths that each cell hides in its own /proc. See "What keeps a program in its cell" in `sandbox-init/PROTOCOL.md`. */
export const CELL_MASKED_PATHS = ['/sys/firmware'];

const PROFILE = 'sandbox-init/seccomp-cells.json';

interface SeccompProfile {
  readonly syscalls: readonly { readonly names: readonly string[]; readonly action: string }[];
}

/** The seccomp profile of a container that makes cells, and that may make these calls as well, as JSON on one line. */
export function cellSeccompProfile(...names: readonly string[]): string {
  const profile: SeccompProfile = JSON.parse(readFileSync(findUpwards(PROFILE, new URL('.', import.meta.url)), 'utf8'));
  const added = names.length === 0 ? [] : [{ names, action: 'SCMP_ACT_ALLOW' }];
  return JSON.stringify({ ...profile, syscalls: [...profile.syscalls, ...added] });
}

/** From the sources and from compiled files, wherever in the project those are. Throws where it is missing. */
function findUpwards(path: string, folder: URL): URL {
  const candidate = new URL(path, folder);
  if (existsSync(candidate)) return candidate;
  const parent = new URL('..', folder);
  if (parent.href === folder.href) throw new Error(`${path} of this project is missing`);
  return findUpwards(path, parent);
}
