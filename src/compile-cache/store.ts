import { rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Compiled, sizeOf } from './compiled.ts';
import { createOwn, ForeignError, openOwn, prepareDirectory } from './directory.ts';
import { decodeEntry, encodeEntry, MAX_ENTRY_BYTES } from './entry.ts';
import type { CompileKey } from './key.ts';
import { bytesOnDisk, entryName, scanDirectory, temporaryName } from './scan.ts';

export interface StoreOptions {
  readonly directory: string;
  readonly maxBytes: number;
  /** Called with errors. An error that persists is reported once. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** An instance scans the directory each time it has written this share of `maxBytes`. */
const SCAN_EVERY = 1 / 16;
/** A scan shrinks the cache to this share of `maxBytes`, so that two instances that write without knowing of each other stay below it. */
const KEPT_AT_SCAN = 7 / 8;
/** Entries wait in memory until they are written. If more than this is waiting, new entries are not written. */
const MAX_WAITING_BYTES = 2 * MAX_ENTRY_BYTES;

/**
 * Compiled programs in a directory, one file per key, with a maximum size. The least recently used are removed first; the file's
 * modification time records the last use. Several stores, also in other processes, can share a directory: an entry appears complete
 * or not at all, and is used only if its checksum is right. Writes are not synced to disk, because a half-written entry after a power
 * failure is only a cache miss. No method rejects: an error in the cache must not fail a run.
 */
export class ArtefactStore {
  readonly #options: StoreOptions;
  readonly #now: () => number;
  #usable: Promise<boolean> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #bytes = 0;
  #writtenSinceScan = Number.POSITIVE_INFINITY;
  #lastReported: string | undefined;
  #lastStampMs = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Bytes on disk, as far as this instance knows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The entry with this key, if there is a valid one. Removes an invalid one. */
  async read(key: CompileKey): Promise<Compiled | undefined> {
    this.#usable ??= this.#begin();
    if (!(await this.#usable)) return undefined;
    const path = this.#pathOf(key);
    try {
      const entry = await this.#readWhole(path);
      const compiled = decodeEntry(key, entry);
      if (!compiled) throw new ForeignError(`${path} is damaged`);
      return compiled;
    } catch (error) {
      if (error instanceof ForeignError) await this.#discard(path, error);
      else if (!isMissing(error)) this.#report(error);
      return undefined;
    }
  }

  /** Writes an entry in the background. */
  write(key: CompileKey, compiled: Compiled): void {
    const bytes = sizeOf(compiled);
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) return;
    this.#waitingBytes += bytes;
    this.#writing = this.#writing
      // Let the run that compiled it continue first.
      .then(() => setImmediate())
      .then(() => this.#save(key, encodeEntry(key, compiled)))
      .catch((error) => this.#report(error))
      .finally(() => {
        this.#waitingBytes -= bytes;
      });
  }

  /** Marks an entry as used, so that it is kept. */
  async touch(key: CompileKey): Promise<void> {
    await this.#stamp(this.#pathOf(key)).catch(() => undefined);
  }

  /** Resolves when all entries have been written. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #readWhole(path: string): Promise<Buffer> {
    const file = await openOwn(path, MAX_ENTRY_BYTES);
    try {
      const [entry] = await Promise.all([file.readFile(), this.#stamp(path)]);
      return entry;
    } finally {
      await file.close();
    }
  }

  async #save(key: CompileKey, pieces: readonly Buffer[]): Promise<void> {
    const bytes = bytesOnDisk(sumOf(pieces));
    if (bytes > this.#options.maxBytes * KEPT_AT_SCAN) return;
    await prepareDirectory(this.#options.directory);
    this.#usable = Promise.resolve(true);
    await this.#makeRoomFor(bytes);
    const temporary = join(this.#options.directory, temporaryName());
    try {
      await writeWhole(temporary, pieces);
      await this.#stamp(temporary);
      await rename(temporary, this.#pathOf(key));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    this.#bytes += bytes;
    this.#writtenSinceScan += bytes;
    this.#lastReported = undefined;
  }

  async #makeRoomFor(bytes: number): Promise<void> {
    const { directory, maxBytes } = this.#options;
    if (this.#writtenSinceScan + bytes <= maxBytes * SCAN_EVERY) return;
    const files = await scanDirectory(directory);
    this.#bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    this.#writtenSinceScan = 0;
    for (const file of files) {
      const isTooMuch = this.#bytes + bytes > maxBytes * KEPT_AT_SCAN;
      if (file.state === 'unfinished' || (file.state === 'entry' && !isTooMuch)) continue;
      await rm(file.path, { force: true });
      this.#bytes -= file.bytes;
    }
  }

  /** Marks a file as used now. Marks are strictly increasing, however coarse the clock is. */
  async #stamp(path: string): Promise<void> {
    this.#lastStampMs = Math.max(this.#now(), this.#lastStampMs + 0.01);
    const seconds = this.#lastStampMs / 1000;
    await utimes(path, seconds, seconds);
  }

  /** Checks whether the directory can be trusted, and counts and tidies what earlier processes left in it. */
  async #begin(): Promise<boolean> {
    try {
      await prepareDirectory(this.#options.directory);
      await this.#makeRoomFor(0);
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  async #discard(path: string, error: unknown): Promise<void> {
    this.#options.onError(error);
    await rm(path, { force: true }).catch((failure) => this.#report(failure));
  }

  #report(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.#lastReported) this.#options.onError(error);
    this.#lastReported = message;
  }

  #pathOf(key: CompileKey): string {
    return join(this.#options.directory, entryName(key));
  }
}

async function writeWhole(path: string, pieces: readonly Buffer[]): Promise<void> {
  const file = await createOwn(path);
  try {
    const { bytesWritten } = await file.writev(pieces);
    if (bytesWritten < sumOf(pieces)) throw new Error('only a part of an entry was written to disk');
  } finally {
    await file.close();
  }
}

function sumOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Identifies an error. The code is the same for the same problem; messages contain the names of temporary files. */
function messageOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
