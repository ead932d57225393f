import { RunAborted, RunnerError } from '../core/errors.ts';
import type { Isolation } from '../core/isolation.ts';
import { defaultLimits, type LimitPolicy } from '../core/limits.ts';
import type { RunRequest } from '../core/request.ts';
import type { RunResult } from '../core/result.ts';
import type { Runtime } from '../runtimes/registry.ts';
import { withDeadline } from './deadline.ts';

/** How long a passed canary is valid. A changed image or a lost engine also requires a new one. */
const VALID_MS = 60_000;
/** A result that is older, because it could not be renewed, counts as a problem. */
const TOO_OLD_MS = 3 * VALID_MS;
/** Time limit of the program, and of the whole canary including the wait for a sandbox. */
const PROGRAM_MS = 30_000;
const CANARY_MS = 40_000;

export interface CanaryOptions {
  readonly limits: LimitPolicy;
  readonly isolation: Isolation;
  readonly run: (request: RunRequest, signal: AbortSignal) => Promise<RunResult>;
}

interface CanaryResult {
  readonly imageId: string;
  readonly at: number;
  /** `undefined` if the canary passed. */
  readonly failure: CanaryFailure | undefined;
}

interface CanaryFailure {
  readonly problem: string;
  /** Whether the image is at fault, rather than an engine that does not answer or a sandbox that does not start. */
  readonly isOfImage: boolean;
}

/** Tests runtimes by running their sample programs. */
export class Canaries {
  readonly #options: CanaryOptions;
  readonly #results = new Map<string, CanaryResult>();

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  /** Discards all results. */
  forget(): void {
    this.#results.clear();
  }

  /** Why it is not certain that a runtime works on this image; `undefined` if its canary passed. */
  problemOf(runtimeId: string, imageId: string): string | undefined {
    const result = this.#resultOf(runtimeId, imageId);
    if (!result) return 'not tested yet';
    const age = performance.now() - result.at;
    return result.failure?.problem ?? (age > TOO_OLD_MS ? `not tested for ${Math.round(age / 1000)} s` : undefined);
  }

  /** Whether the last canary on this image failed because of the image. */
  isBroken(runtimeId: string, imageId: string): boolean {
    return this.#resultOf(runtimeId, imageId)?.failure?.isOfImage === true;
  }

  /** Runs a canary unless the last one is still valid. `isStillImage` says afterwards whether the image is still the same. */
  async test(runtime: Runtime, imageId: string, { signal, isStillImage }: TestOptions): Promise<void> {
    const last = this.#resultOf(runtime.id, imageId);
    const holds = last && last.failure === undefined && performance.now() - last.at < VALID_MS;
    if (holds) return;
    const failure = await this.#canary(runtime, signal);
    if (isStillImage()) this.#results.set(runtime.id, { imageId, at: performance.now(), failure });
  }

  #resultOf(runtimeId: string, imageId: string): CanaryResult | undefined {
    const result = this.#results.get(runtimeId);
    return result?.imageId === imageId ? result : undefined;
  }

  async #canary(runtime: Runtime, stopped: AbortSignal): Promise<CanaryFailure | undefined> {
    const overdue = new AbortController();
    const limits = { ...defaultLimits(this.#options.limits), timeoutMs: PROGRAM_MS };
    const request = { ...canaryRequest(runtime), limits, isolation: this.#options.isolation };
    const running = this.#options.run(request, AbortSignal.any([stopped, overdue.signal]));
    try {
      const result = await withDeadline(running, CANARY_MS);
      const printed = result.run?.stdout.bytes.toString();
      if (printed === runtime.sample.stdout) return undefined;
      return { problem: `the canary run ended with ${result.status}`, isOfImage: true };
    } catch (error) {
      const problem = `the canary run failed: ${error instanceof Error ? error.message : error}`;
      return { problem, isOfImage: error instanceof RunnerError && error.code === 'internal' };
    } finally {
      overdue.abort(new RunAborted('queue-timeout'));
    }
  }
}

interface TestOptions {
  readonly signal: AbortSignal;
  readonly isStillImage: () => boolean;
}

function canaryRequest(runtime: Runtime): Omit<RunRequest, 'limits' | 'isolation'> {
  return {
    runtime: runtime.id,
    code: runtime.sample.code,
    files: [],
    entrypoint: undefined,
    args: [],
    stdin: new Uint8Array(),
    environment: {},
    outputFiles: [],
    maxOutputFilesBytes: 0,
    judging: undefined,
  };
}
