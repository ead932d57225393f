import type { Execution, Fate, Output, Usage } from '../core/result.ts';
import { decodeFields, OUT, type OutFrame, ProtocolError } from './codec.ts';

/** Gathers what a running program prints until `exited` tells how it ended. */
export class ExecutionRecord {
  readonly #stdout: Capture;
  readonly #stderr: Capture;
  #startedAt: number | undefined;

  constructor(outputBytes: number) {
    this.#stdout = new Capture(outputBytes);
    this.#stderr = new Capture(outputBytes);
  }

  /** Takes a frame; the finished execution when it was the last one. */
  take(frame: OutFrame): Execution | undefined {
    switch (frame.type) {
      case OUT.started:
        this.#startedAt = performance.now();
        return undefined;
      case OUT.stdout:
        this.#stdout.add(frame.payload);
        return undefined;
      case OUT.stderr:
        this.#stderr.add(frame.payload);
        return undefined;
      case OUT.exited:
        return this.#finish(decodeFields(frame.payload));
      default:
        throw new ProtocolError(`a ${frame.type} frame while a program runs`);
    }
  }

  get hasStarted(): boolean {
    return this.#startedAt !== undefined;
  }

  /** The execution of a sandbox that can no longer be asked: what it had printed, and the time by our own clock. */
  abandon(fate: Fate): Execution {
    return {
      fate,
      stdout: this.#stdout.output(),
      stderr: this.#stderr.output(),
      usage: {
        wallMs: performance.now() - (this.#startedAt ?? performance.now()),
        cpuMs: undefined,
        memoryPeakBytes: undefined,
      },
    };
  }

  #finish(fields: Map<string, string>): Execution {
    return {
      fate: fateOf(fields),
      stdout: this.#stdout.output(numberField(fields, 'stdout_bytes')),
      stderr: this.#stderr.output(numberField(fields, 'stderr_bytes')),
      usage: usageOf(fields),
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

function fateOf(fields: Map<string, string>): Fate {
  const cause = fields.get('cause');
  switch (cause) {
    case 'exited':
      return { status: 'completed', exitCode: numberField(fields, 'exit_code') };
    case 'signaled':
      return { status: 'signaled', signal: numberField(fields, 'signal') };
    case 'wall_limit':
    case 'cpu_limit':
      return { status: 'timed_out' };
    case 'output_limit':
      return { status: 'output_limit_exceeded' };
    case 'out_of_memory':
      return { status: 'out_of_memory' };
    default:
      throw new ProtocolError(`unknown cause ${cause}`);
  }
}

function usageOf(fields: Map<string, string>): Usage {
  return {
    wallMs: numberField(fields, 'wall_us') / 1000,
    cpuMs: numberField(fields, 'cpu_us') / 1000,
    memoryPeakBytes: numberField(fields, 'memory_peak_bytes'),
  };
}

function numberField(fields: Map<string, string>, key: string): number {
  const text = fields.get(key) ?? '';
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new ProtocolError(`no number in ${key}`);
  return value;
}
