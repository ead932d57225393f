import { onAbort } from '../core/abort.ts';
import { RunnerError } from '../core/errors.ts';

/** The log is kept in blocks of this size, because a script may print single bytes. */
const BLOCK_BYTES = 64 * 1024;
/** Maximum size of what a reader gets at a time. It bounds what each reader holds. */
const PIECE_BYTES = 16 * 1024;

/** The log of one build. Any number of readers can read all of it, each at its own pace. */
export class BuildLog {
  readonly #blocks: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #onUnused: (log: BuildLog) => void;
  #bytes = 0;
  #readers = 0;
  #hasEnded = false;
  #isDiscarded = false;

  /** `onUnused` is called when the log has ended and has no readers any more. */
  constructor(onUnused: (log: BuildLog) => void = () => undefined) {
    this.#onUnused = onUnused;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Appends to the log. Everything is kept, so the caller must limit the size. */
  write(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) rest = this.#append(rest);
    this.#wake();
  }

  /** Ends the log. */
  end(): void {
    this.#hasEnded = true;
    this.#wake();
    this.#reportIfUnused();
  }

  /** Frees the memory of a log that has ended. Its readers fail with `over_capacity`. */
  discard(): void {
    this.#isDiscarded = true;
    this.#blocks.length = 0;
    this.#bytes = 0;
    this.#wake();
  }

  /** Yields everything that is written, in whole characters, until the log ends or the signal aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<string, void> {
    const decoder = new TextDecoder('utf-8');
    this.#readers += 1;
    try {
      for await (const piece of this.#pieces(signal)) {
        const text = decoder.decode(piece, { stream: true });
        if (text !== '') yield text;
      }
      const rest = decoder.decode();
      if (rest !== '') yield rest;
    } finally {
      this.#readers -= 1;
      this.#reportIfUnused();
    }
  }

  /** The last lines of the log, with at most this many characters. */
  tail(characters: number): string {
    const offset = Math.max(0, this.#blocks.length - 2) * BLOCK_BYTES;
    const last = Buffer.concat(this.#blocks.slice(-2), this.#bytes - offset);
    const text = new TextDecoder('utf-8').decode(last).trimEnd();
    if (text.length <= characters) return text;
    const cut = text.slice(-characters);
    const lineEnd = cut.indexOf('\n');
    return lineEnd < 0 ? cut : cut.slice(lineEnd + 1);
  }

  async *#pieces(signal: AbortSignal): AsyncGenerator<Buffer, void> {
    for (let offset = 0; !signal.aborted; ) {
      if (this.#isDiscarded) throw readTooSlowly();
      const piece = this.#from(offset);
      offset += piece.length;
      if (piece.length > 0) yield piece;
      else if (this.#hasEnded) return;
      else await this.#change(signal);
    }
  }

  /** Fills the last block and returns the bytes that did not fit. */
  #append(bytes: Buffer): Buffer {
    const used = this.#bytes % BLOCK_BYTES;
    if (used === 0) this.#blocks.push(Buffer.allocUnsafeSlow(BLOCK_BYTES));
    const copied = bytes.copy(this.#blocks.at(-1) ?? bytes, used);
    this.#bytes += copied;
    return bytes.subarray(copied);
  }

  /** At most one piece from this offset, all from the same block. */
  #from(offset: number): Buffer {
    const start = offset % BLOCK_BYTES;
    const end = Math.min(BLOCK_BYTES, start + PIECE_BYTES, start + this.#bytes - offset);
    return this.#blocks[Math.floor(offset / BLOCK_BYTES)]?.subarray(start, end) ?? Buffer.alloc(0);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        ignoreAbort();
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      const ignoreAbort = onAbort(signal, wake);
    });
  }

  #reportIfUnused(): void {
    if (this.#hasEnded && this.#readers === 0) this.#onUnused(this);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

function readTooSlowly(): RunnerError {
  const detail = 'The log was read too slowly and is no longer kept. Repeat the request for the result of the build.';
  return new RunnerError('over_capacity', detail, { retryAfterMs: 1000 });
}
