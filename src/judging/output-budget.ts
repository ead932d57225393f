import type { Execution, Output } from '../core/result.ts';

/**
 * How much output of all tests together is kept for the answer. Each test may keep an equal share of what is left, so that what one
 * does not need is there for those behind it.
 */
export class OutputBudget {
  #bytes: number;
  #tests: number;

  constructor(bytes: number, tests: number) {
    this.#bytes = bytes;
    this.#tests = tests;
  }

  /** The execution of the next test with its output cut to the share, and marked where it was. */
  keep(execution: Execution): Execution {
    const share = Math.floor(this.#bytes / this.#tests);
    const stdout = cut(execution.stdout, share);
    const stderr = cut(execution.stderr, share - stdout.bytes.length);
    this.#tests -= 1;
    this.#bytes -= stdout.bytes.length + stderr.bytes.length;
    return { ...execution, stdout, stderr };
  }
}

/** A copy, since a part would hold on to the whole. */
function cut(output: Output, maxBytes: number): Output {
  if (output.bytes.length <= maxBytes) return output;
  return { bytes: Buffer.from(output.bytes.subarray(0, maxBytes)), truncated: true };
}
