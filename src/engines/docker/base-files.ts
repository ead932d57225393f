import type { SafePath } from '../../core/path.ts';
import { packArchive } from '../../init-protocol/archive.ts';
import { BuildFailure } from '../../prebuilds/ports.ts';
import type { ContainerFiles } from './api/container-files.ts';

/** What must be the same in a prebuild as in its base. All of it is directly below the root, so that no link can lead elsewhere. */
const BASE_PATHS = ['/sandbox-init', '/workspace', '/tmp'];
/** The engine reads these completely, as root, whenever it starts a container. */
const READ_BY_ENGINE = ['/etc/passwd', '/etc/group'];
const MAX_READ_BYTES = 1024 ** 2;

/** The bits of Go's `os.FileMode` that give the kind of a file; all are clear for a regular file. */
const DIRECTORY = 2 ** 31;
const OTHER_KINDS = 2 ** 27 + 2 ** 26 + 2 ** 25 + 2 ** 24 + 2 ** 21 + 2 ** 19;

/** The base files that are empty folders in every image. */
const EMPTY = ['workspace', 'tmp'] as SafePath[];

/** Saves the base files of a container that has not run yet. Resolves with a function that restores them. */
export async function restorePoint(files: ContainerFiles, containerId: string): Promise<() => Promise<void>> {
  const archives: Buffer[] = [];
  for (const path of BASE_PATHS) archives.push(await files.read(containerId, path));
  return async () => {
    // Replacing a directory with a file removes everything in it. The archives then restore the directory.
    const empty = EMPTY.map((path) => ({ path, content: new Uint8Array() }));
    for (const archive of [packArchive(empty), ...archives]) await files.write(containerId, archive);
  };
}

/** Throws `BuildFailure` if a setup removed a program that runs need, or left files with which the engine could not start a container. */
export async function requireUsable(
  files: ContainerFiles,
  containerId: string,
  programs: readonly string[],
): Promise<void> {
  const etc = await files.stat(containerId, '/etc');
  if (!etc || kindOf(etc.mode) !== 'directory') throw new BuildFailure('/etc is no longer a directory.');
  for (const path of READ_BY_ENGINE) {
    const status = await files.stat(containerId, path);
    if (status === undefined) continue;
    if (kindOf(status.mode) !== 'regular' || status.size > MAX_READ_BYTES)
      throw new BuildFailure(`${path} is no longer a plain file of at most ${MAX_READ_BYTES} bytes.`);
  }
  for (const path of programs) {
    if (!(await files.stat(containerId, path))) throw new BuildFailure(`it removed ${path}.`);
  }
}

function kindOf(mode: number): 'regular' | 'directory' | 'other' {
  const bits = BigInt(mode);
  if ((bits & BigInt(OTHER_KINDS)) !== 0n) return 'other';
  return (bits & BigInt(DIRECTORY)) !== 0n ? 'directory' : 'regular';
}
