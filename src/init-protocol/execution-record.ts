import type { OutputStream } from '../core/command.ts';
import type { Execution, Output } from '../core/result.ts';
import { ProtocolError } from './codec.ts';
import type { Ending } from './ending.ts';

/** Folds what a program prints, and how it ended, into one execution. */
export class ExecutionRecord {
  readonly #stdout: Capture;
  readonly #stderr: Capture;

  constructor(outputBytes: number) {
    this.#stdout = new Capture(outputBytes);
    this.#stderr = new Capture(outputBytes);
  }

  /** Throws `ProtocolError` on more output than the limit. */
  add(stream: OutputStream, bytes: Buffer): void {
    (stream === 'stdout' ? this.#stdout : this.#stderr).add(bytes);
  }

  finish({ fate, usage, writtenBytes }: Ending): Execution {
    return {
      fate,
      stdout: this.#stdout.output(writtenBytes?.stdout),
      stderr: this.#stderr.output(writtenBytes?.stderr),
      usage,
    };
  }
}

/** Bytes of one stream. sandbox-init cuts at the limit; this is the second wall, should it not. */
class Capture {
  readonly #limitBytes: number;
  /** One buffer that grows, since a program can make every byte a frame of its own. */
  #buffer = Buffer.alloc(0);
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(chunk: Buffer): void {
    const bytes = this.#bytes + chunk.length;
    if (bytes > this.#limitBytes) throw new ProtocolError('more output than the limit');
    if (bytes > this.#buffer.length) this.#grow(bytes);
    chunk.copy(this.#buffer, this.#bytes);
    this.#bytes = bytes;
  }

  output(writtenBytes = this.#bytes): Output {
    return { bytes: this.#buffer.subarray(0, this.#bytes), truncated: writtenBytes > this.#bytes };
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafe(Math.min(this.#limitBytes, Math.max(neededBytes, 2 * this.#buffer.length)));
    this.#buffer.copy(larger, 0, 0, this.#bytes);
    this.#buffer = larger;
  }
}
