import { onAbort } from '../core/abort.ts';

/** Pieces are gathered into blocks of this size, since a script can print every byte by itself. */
const BLOCK_BYTES = 64 * 1024;

/** What a build prints, for any number of readers: each gets all of it, from the first byte, at its own pace. */
export class BuildLog {
  readonly #blocks: Buffer[] = [];
  readonly #sleepers = new Set<() => void>();
  readonly #onUnused: (log: BuildLog) => void;
  #bytes = 0;
  #readers = 0;
  #isOver = false;

  /** `onUnused` hears that the log is over and nobody reads it any more. */
  constructor(onUnused: (log: BuildLog) => void = () => undefined) {
    this.#onUnused = onUnused;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whoever writes bounds how much: all of it is kept. */
  write(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) rest = this.#append(rest);
    this.#wake();
  }

  /** No more will be written. */
  end(): void {
    this.#isOver = true;
    this.#wake();
    this.#noteUse();
  }

  /** All that is written, in whole characters, until the end of the log or until the signal aborts. */
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
      this.#noteUse();
    }
  }

  /** The last lines, at most so many characters. */
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
      const piece = this.#from(offset);
      offset += piece.length;
      if (piece.length > 0) yield piece;
      else if (this.#isOver) return;
      else await this.#change(signal);
    }
  }

  /** Fills the last block; what did not fit. */
  #append(bytes: Buffer): Buffer {
    const used = this.#bytes % BLOCK_BYTES;
    if (used === 0) this.#blocks.push(Buffer.allocUnsafeSlow(BLOCK_BYTES));
    const copied = bytes.copy(this.#blocks.at(-1) ?? bytes, used);
    this.#bytes += copied;
    return bytes.subarray(copied);
  }

  /** What has been written from there to the end of its block. */
  #from(offset: number): Buffer {
    const start = offset % BLOCK_BYTES;
    const end = Math.min(BLOCK_BYTES, start + this.#bytes - offset);
    return this.#blocks[Math.floor(offset / BLOCK_BYTES)]?.subarray(start, end) ?? Buffer.alloc(0);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        ignoreAbort();
        this.#sleepers.delete(wake);
        resolve();
      };
      this.#sleepers.add(wake);
      const ignoreAbort = onAbort(signal, wake);
    });
  }

  #noteUse(): void {
    if (this.#isOver && this.#readers === 0) this.#onUnused(this);
  }

  #wake(): void {
    for (const wake of [...this.#sleepers]) wake();
  }
}
