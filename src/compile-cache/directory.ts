import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;

/** A file or directory in the place of the cache that cannot be trusted. */
export class ForeignError extends Error {
  override readonly name = 'ForeignError';
}

/**
 * Creates the directory if it does not exist. Throws if other users could have put files into it.
 * Its parents are not checked: someone who can replace the directory still cannot create files that this user owns.
 */
export async function prepareDirectory(path: string): Promise<void> {
  await makeDirectory(path);
  const status = await lstat(path);
  if (!status.isDirectory()) throw new ForeignError(`${path} is not a directory`);
  if (status.uid !== ownUid()) throw new ForeignError(`${path} belongs to another user`);
  if (status.mode & WRITABLE_BY_OTHERS) throw new ForeignError(`${path} can be written by others`);
}

/** Creates the directory and its parents. `recursive` is not used: it loops forever where nothing can be created, as in `/proc`. */
async function makeDirectory(path: string): Promise<void> {
  const make = () => mkdir(path, OWNER_ONLY_DIRECTORY).catch(existingIsFine);
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await make();
  }
}

function existingIsFine(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** Creates a file that must not exist yet and that only this user can read and write. */
export function createOwn(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWNER_ONLY_FILE);
}

/** Opens a file for reading. Throws `ForeignError` if it is a link, not a regular file, too large, or owned by another user. */
export async function openOwn(path: string, maxBytes: number): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(linkAsForeign);
  const status = await file.stat();
  if (status.isFile() && status.uid === ownUid() && status.size <= maxBytes) return file;
  await file.close();
  throw new ForeignError(`${path} is not a file of this cache`);
}

function linkAsForeign(error: NodeJS.ErrnoException): never {
  throw error.code === 'ELOOP' ? new ForeignError(error.message) : error;
}

function ownUid(): number {
  return process.geteuid?.() ?? 0;
}
