import type { SafePath } from '../../core/path.ts';
import { packArchive } from '../../init-protocol/archive.ts';
import { BuildFailure } from '../../prebuilds/ports.ts';
import type { ContainerFiles } from './api/container-files.ts';

/** What every sandbox needs to be as its base has it. Directly beneath the root, so that no link can lead elsewhere. */
const OURS = ['/sandbox-init', '/workspace', '/tmp'];
/** Read by the engine itself whenever it starts a container, as root and to the end. */
const READ_BY_ENGINE = ['/etc/passwd', '/etc/group'];
const MAX_READ_BYTES = 1024 ** 2;

/** The bits of Go's `os.FileMode` that tell what kind of file it is; all clear for a regular one. */
const DIRECTORY = 2 ** 31;
const OTHER_KINDS = 2 ** 27 + 2 ** 26 + 2 ** 25 + 2 ** 24 + 2 ** 21 + 2 ** 19;

/** Those of them that are empty in every image. */
const EMPTY = ['workspace', 'tmp'] as SafePath[];

/** Remembers what is ours while a container has not run; resolves with what puts it back. */
export async function restorePoint(files: ContainerFiles, containerId: string): Promise<() => Promise<void>> {
  const archives: Buffer[] = [];
  for (const path of OURS) archives.push(await files.read(containerId, path));
  return async () => {
    // A file in place of a directory takes all that was in it away; then the directory comes back.
    const empty = EMPTY.map((path) => ({ path, content: new Uint8Array() }));
    for (const archive of [await packArchive(empty), ...archives]) await files.write(containerId, archive);
  };
}

/** Throws `BuildFailure` where the engine would stumble over what a setup left, or the programs that are needed are gone. */
export async function requireUsable(
  files: ContainerFiles,
  containerId: string,
  programs: readonly string[],
): Promise<void> {
  const etc = await files.stat(containerId, '/etc');
  if (!etc || kindOf(etc.mode) !== 'directory') throw new BuildFailure('/etc is not a directory any more.');
  for (const path of READ_BY_ENGINE) {
    const status = await files.stat(containerId, path);
    if (status === undefined) continue;
    if (kindOf(status.mode) !== 'regular' || status.size > MAX_READ_BYTES)
      throw new BuildFailure(`${path} is not a plain file of at most ${MAX_READ_BYTES} bytes any more.`);
  }
  for (const path of programs) {
    if (!(await files.stat(containerId, path))) throw new BuildFailure(`${path} is not there any more.`);
  }
}

function kindOf(mode: number): 'regular' | 'directory' | 'other' {
  const bits = BigInt(mode);
  if ((bits & BigInt(OTHER_KINDS)) !== 0n) return 'other';
  return (bits & BigInt(DIRECTORY)) !== 0n ? 'directory' : 'regular';
}
