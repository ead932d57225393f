import type { OutputStream } from '../core/command.ts';
import type { Execution, Output } from '../core/result.ts';
import { ProtocolError } from './codec.ts';
import type { Ending } from './ending.ts';

/** Gathers a program's output and its ending into one execution. */
export class ExecutionRecord {
  readonly #stdout: Capture;
  readonly #stderr: Capture;

  constructor(outputBytes: number) {
    this.#stdout = new Capture(outputBytes);
    this.#stderr = new Capture(outputBytes);
  }

  /** Keeps the bytes up to the limit and returns them. Throws `ProtocolError` if there is more than one byte over the limit. */
  add(stream: OutputStream, bytes: Buffer): Buffer {
    return (stream === 'stdout' ? this.#stdout : this.#stderr).add(bytes);
  }

  finish({ fate, usage, writtenBytes, startedAhead = false }: Ending): Execution {
    return {
      fate,
      startedAhead,
      stdout: this.#stdout.output(writtenBytes?.stdout),
      stderr: this.#stderr.output(writtenBytes?.stderr),
      usage,
    };
  }
}

/** The bytes of one stream. sandbox-init cuts output one byte over the limit; this is the second wall. */
class Capture {
  readonly #limitBytes: number;
  /** A single buffer that grows, because a program can send every byte in a frame of its own. */
  #buffer = Buffer.alloc(0);
  #bytes = 0;
  #bytesOver = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(chunk: Buffer): Buffer {
    const kept = chunk.subarray(0, this.#limitBytes - this.#bytes);
    this.#bytesOver += chunk.length - kept.length;
    if (this.#bytesOver > 1) throw new ProtocolError('more output than the limit');
    const bytes = this.#bytes + kept.length;
    if (bytes > this.#buffer.length) this.#grow(bytes);
    kept.copy(this.#buffer, this.#bytes);
    this.#bytes = bytes;
    return kept;
  }

  output(writtenBytes = this.#bytes + this.#bytesOver): Output {
    return { bytes: this.#buffer.subarray(0, this.#bytes), truncated: writtenBytes > this.#bytes };
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafe(Math.min(this.#limitBytes, Math.max(neededBytes, 2 * this.#buffer.length)));
    this.#buffer.copy(larger, 0, 0, this.#bytes);
    this.#buffer = larger;
  }
}
