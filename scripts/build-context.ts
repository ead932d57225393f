import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';

/** A file of a build context: its path in the context, and its path on this machine. */
interface ContextFile {
  readonly path: string;
  readonly source: string;
}

/** The files for the build of an image. */
export interface BuildContext {
  readonly files: readonly ContextFile[];
}

interface Folder {
  readonly directory: string;
  /** Path of the folder in the context. */
  readonly prefix: string;
  /** Names directly in the folder to leave out. */
  readonly except?: readonly string[];
}

/** Combines the files of several folders. */
export function buildContext(folders: readonly Folder[]): BuildContext {
  const files = folders.flatMap(({ directory, prefix, except = [] }) =>
    filesBeneath(directory)
      .map((source) => ({ path: relative(directory, source), source }))
      .filter(({ path }) => !except.includes(path.split('/')[0] ?? ''))
      .map(({ path, source }) => ({ path: join(prefix, path), source })),
  );
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function filesBeneath(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBeneath(path) : [path];
  });
}

/** Hash of a context and of its parent images. The same hash means the same image. */
export function hashContext({ files }: BuildContext, parents: readonly string[]): string {
  const hash = createHash('sha256');
  for (const parent of parents) hash.update(`from ${parent}\n`);
  for (const { path, source } of files) {
    const content = readFileSync(source);
    hash.update(`${path} ${executable(source)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Packs the context as a tar stream for a build. `extra` files are not part of the hash. */
export function packContext({ files }: BuildContext, extra: Readonly<Record<string, Buffer>>): Readable {
  const archive = pack();
  for (const { path, source } of files) {
    archive.entry({ name: path, mode: executable(source) ? 0o755 : 0o644 }, readFileSync(source));
  }
  for (const [path, content] of Object.entries(extra)) archive.entry({ name: path, mode: 0o644 }, content);
  archive.finalize();
  return archive as unknown as Readable;
}

function executable(source: string): boolean {
  return (lstatSync(source).mode & 0o111) !== 0;
}
