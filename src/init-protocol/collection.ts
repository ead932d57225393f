import type { Collected, OmittedFile } from '../core/result.ts';
import { unpackArchive } from './archive.ts';
import { decodeFields, OUT, type OutFrame, ProtocolError } from './codec.ts';

/** Room for tar headers, long names and padding. The request limits the content. */
const ARCHIVE_OVERHEAD_BYTES = 16 * 1024 * 1024;

/** Maximum number of omitted files that are listed. A program can create any number of them. */
const MAX_OMITTED = 1000;

/** Gathers the frames that answer a `collect`. */
export class CollectionRecord {
  readonly #maxArchiveBytes: number;
  readonly #chunks: Buffer[] = [];
  readonly #omitted: OmittedFile[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxArchiveBytes = maxBytes + ARCHIVE_OVERHEAD_BYTES;
  }

  /** Takes a frame. Returns the collected files if it was the last one. */
  take(frame: OutFrame): Promise<Collected> | undefined {
    if (frame.type === OUT.omitted) {
      this.#omit(omittedFile(decodeFields(frame.payload)));
      return undefined;
    }
    if (frame.type !== OUT.files) throw new ProtocolError(`a ${frame.type} frame in a collection`);
    if (frame.payload.length === 0) return this.#finish();
    this.#bytes += frame.payload.length;
    if (this.#bytes > this.#maxArchiveBytes) throw new ProtocolError('more files than requested');
    this.#chunks.push(frame.payload);
    return undefined;
  }

  /** The last entry represents itself and all files after it. */
  #omit(file: OmittedFile): void {
    if (this.#omitted.length < MAX_OMITTED) this.#omitted.push(file);
    else this.#omitted[MAX_OMITTED - 1] = { path: file.path, reason: 'too_many' };
  }

  async #finish(): Promise<Collected> {
    const files = this.#bytes === 0 ? [] : await unpackArchive(Buffer.concat(this.#chunks, this.#bytes));
    return { files, omitted: this.#omitted };
  }
}

function omittedFile(fields: Map<string, string>): OmittedFile {
  return { path: Buffer.from(fields.get('path') ?? '', 'latin1'), reason: fields.get('reason') ?? 'unknown' };
}
