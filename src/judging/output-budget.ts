import type { Execution, Output } from '../core/result.ts';

/**
 * All tests share one budget of output for the response. Each test may use an equal share of what is left, so that later tests get
 * what earlier ones do not need.
 */
export class OutputBudget {
  #bytes: number;
  #tests: number;

  constructor(bytes: number, tests: number) {
    this.#bytes = bytes;
    this.#tests = tests;
  }

  /** Returns the execution of the next test with its output cut to the share and marked as truncated if it was cut. */
  keep(execution: Execution): Execution {
    const share = Math.floor(this.#bytes / this.#tests);
    const stdout = cut(execution.stdout, share);
    const stderr = cut(execution.stderr, share - stdout.bytes.length);
    this.#tests -= 1;
    this.#bytes -= stdout.bytes.length + stderr.bytes.length;
    return { ...execution, stdout, stderr };
  }
}

/** Copies the part, because a slice would keep the whole buffer in memory. */
function cut(output: Output, maxBytes: number): Output {
  if (output.bytes.length <= maxBytes) return output;
  return { bytes: Buffer.from(output.bytes.subarray(0, maxBytes)), truncated: true };
}
