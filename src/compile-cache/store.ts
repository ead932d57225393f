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
  /** Hears what goes wrong. Each lasting trouble is told once. */
  readonly onTrouble: (error: unknown) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** An instance looks at what there is whenever it has written this part of the whole, */
const SCAN_EVERY = 1 / 16;
/** and leaves this much: so that two instances that do not know of one another's writing stay within the whole. */
const KEPT_AT_SCAN = 7 / 8;
/** What waits to be written is in memory; beyond this much it is not kept. */
const MAX_WAITING_BYTES = 2 * MAX_ENTRY_BYTES;

/**
 * Compiled programs in a directory, each in a file named by its key, bounded in size: those longest unused go first, by the time of
 * the file's last change, which reading renews. Several stores, also of other processes, can share a directory: entries appear
 * whole under their name or not at all, and are believed only when their checksum is right. Hence nothing is forced to the disk:
 * what a power failure leaves half-written is one miss. Nothing that goes wrong here is worth failing a run for: it rejects never.
 */
export class ArtefactStore {
  readonly #options: StoreOptions;
  readonly #now: () => number;
  #usable: Promise<boolean> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #bytes = 0;
  #writtenSinceCensus = Number.POSITIVE_INFINITY;
  #toldTrouble: string | undefined;
  #lastStampMs = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** What is on disk, as far as this instance knows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The entry under a key, where there is a good one. A bad one is removed. */
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
      else if (!isMissing(error)) this.#complain(error);
      return undefined;
    }
  }

  /** Keeps an entry, in its own time. */
  write(key: CompileKey, compiled: Compiled): void {
    const bytes = sizeOf(compiled);
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) return;
    this.#waitingBytes += bytes;
    this.#writing = this.#writing
      // The run that it was made for comes first.
      .then(() => setImmediate())
      .then(() => this.#save(key, encodeEntry(key, compiled)))
      .catch((error) => this.#complain(error))
      .finally(() => {
        this.#waitingBytes -= bytes;
      });
  }

  /** Says that an entry was used, so that it stays. */
  async touch(key: CompileKey): Promise<void> {
    await this.#stamp(this.#pathOf(key)).catch(() => undefined);
  }

  /** Resolves when what was to be written is written. */
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
    this.#writtenSinceCensus += bytes;
    this.#toldTrouble = undefined;
  }

  async #makeRoomFor(bytes: number): Promise<void> {
    const { directory, maxBytes } = this.#options;
    if (this.#writtenSinceCensus + bytes <= maxBytes * SCAN_EVERY) return;
    const files = await scanDirectory(directory);
    this.#bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    this.#writtenSinceCensus = 0;
    for (const file of files) {
      const isTooMuch = this.#bytes + bytes > maxBytes * KEPT_AT_SCAN;
      if (file.state === 'unfinished' || (file.state === 'entry' && !isTooMuch)) continue;
      await rm(file.path, { force: true });
      this.#bytes -= file.bytes;
    }
  }

  /** Marks a file as used now; a later mark is later, however coarse the clock. */
  async #stamp(path: string): Promise<void> {
    this.#lastStampMs = Math.max(this.#now(), this.#lastStampMs + 0.01);
    const seconds = this.#lastStampMs / 1000;
    await utimes(path, seconds, seconds);
  }

  /** Whether the directory can be trusted; what a predecessor left in it is counted and tidied. */
  async #begin(): Promise<boolean> {
    try {
      await prepareDirectory(this.#options.directory);
      await this.#makeRoomFor(0);
      return true;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  async #discard(path: string, error: unknown): Promise<void> {
    this.#options.onTrouble(error);
    await rm(path, { force: true }).catch((failure) => this.#complain(failure));
  }

  #complain(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.#toldTrouble) this.#options.onTrouble(error);
    this.#toldTrouble = message;
  }

  #pathOf(key: CompileKey): string {
    return join(this.#options.directory, entryName(key));
  }
}

async function writeWhole(path: string, pieces: readonly Buffer[]): Promise<void> {
  const file = await createOwn(path);
  try {
    const { bytesWritten } = await file.writev(pieces);
    if (bytesWritten < sumOf(pieces)) throw new Error('the disk took only a part of an entry');
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

/** What is the same about the same trouble: not the names of temporary files. */
function messageOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
