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

  /** Throws `ProtocolError` if there is more output than the limit. */
  add(stream: OutputStream, bytes: Buffer): void {
    (stream === 'stdout' ? this.#stdout : this.#stderr).add(bytes);
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

/** The bytes of one stream. sandbox-init cuts output at the limit; this is the second wall. */
class Capture {
  readonly #limitBytes: number;
  /** A single buffer that grows, because a program can send every byte in a frame of its own. */
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
