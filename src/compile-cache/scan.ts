import { randomUUID } from 'node:crypto';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompileKey } from './key.ts';

/** A specific suffix, so that other content-addressed files are left alone if the directory is configured by mistake. */
const ENTRY_NAME = /^[0-9a-f]{64}\.compiled$/;
const TEMPORARY_NAME = /^[0-9a-f-]{36}\.writing$/;
/** A file takes whole blocks on disk. */
const BLOCK_BYTES = 4096;
/** Writing an entry takes milliseconds, so a file that is unfinished after this long is abandoned. */
const ABANDONED_AFTER_MS = 10 * 60_000;

/** A file of the cache. */
export interface CacheFile {
  readonly path: string;
  /** Size on disk. */
  readonly bytes: number;
  readonly usedAtMs: number;
  /** `unfinished`: being written. `abandoned`: left behind by a process that died. */
  readonly state: 'entry' | 'unfinished' | 'abandoned';
}

export function entryName(key: CompileKey): string {
  return `${key}.compiled`;
}

export function temporaryName(): string {
  return `${randomUUID()}.writing`;
}

export function bytesOnDisk(contentBytes: number): number {
  return Math.ceil(contentBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** The files of the cache in a directory, least recently used first. Ignores all other files. */
export async function scanDirectory(directory: string): Promise<CacheFile[]> {
  const files: CacheFile[] = [];
  for await (const { name } of await opendir(directory)) {
    const isEntry = ENTRY_NAME.test(name);
    if (!isEntry && !TEMPORARY_NAME.test(name)) continue;
    const path = join(directory, name);
    // Another instance may have just removed it.
    const status = await lstat(path).catch(() => undefined);
    if (!status?.isFile()) continue;
    const state = isEntry ? 'entry' : Date.now() - status.mtimeMs > ABANDONED_AFTER_MS ? 'abandoned' : 'unfinished';
    files.push({ path, bytes: bytesOnDisk(status.size), usedAtMs: status.mtimeMs, state });
  }
  return files.sort((a, b) => a.usedAtMs - b.usedAtMs);
}
