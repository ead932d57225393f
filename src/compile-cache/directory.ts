import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;

/** A file or directory in the cache's place that is not the cache's own. */
export class ForeignError extends Error {
  override readonly name = 'ForeignError';
}

/**
 * Makes the directory unless it is there. Throws where others than this process's user could have put something into it.
 * Its parents are not looked at: who can exchange the directory still cannot make files that belong to this user.
 */
export async function prepareDirectory(path: string): Promise<void> {
  await makeDirectory(path);
  const status = await lstat(path);
  if (!status.isDirectory()) throw new ForeignError(`${path} is not a directory`);
  if (status.uid !== ownUid()) throw new ForeignError(`${path} belongs to another user`);
  if (status.mode & WRITABLE_BY_OTHERS) throw new ForeignError(`${path} can be written by others`);
}

/** With its parents. Not by `recursive`, which tries without end where even what has a parent cannot be made, as in `/proc`. */
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

/** Makes a file that was not there before, for nobody but us. */
export function createOwn(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWNER_ONLY_FILE);
}

/** Opens a file for reading. Throws `ForeignError` where it is a link, no regular file, too large or not our own. */
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
