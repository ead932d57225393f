import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';

/** A file of a build context: its path there, and the file on this machine that it is. */
interface ContextFile {
  readonly path: string;
  readonly source: string;
}

/** Everything that goes into the build of an image. */
export interface BuildContext {
  readonly files: readonly ContextFile[];
}

interface Folder {
  readonly directory: string;
  /** Where it lies in the context. */
  readonly prefix: string;
  /** Names directly beneath it that stay out. */
  readonly except?: readonly string[];
}

/** The files of folders, together. */
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

/** Hash of a context and of the images that it builds on: the same hash is the same image. */
export function hashContext({ files }: BuildContext, parents: readonly string[]): string {
  const hash = createHash('sha256');
  for (const parent of parents) hash.update(`from ${parent}\n`);
  for (const { path, source } of files) {
    const content = readFileSync(source);
    hash.update(`${path} ${executable(source)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** The context as the tar stream that a build takes. `extra` files are not part of the hash. */
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
