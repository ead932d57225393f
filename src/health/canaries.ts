import { RunAborted, RunnerError } from '../core/errors.ts';
import { defaultLimits, type LimitPolicy } from '../core/limits.ts';
import type { RunRequest } from '../core/request.ts';
import type { RunResult } from '../core/result.ts';
import type { Runtime } from '../runtimes/registry.ts';
import { withDeadline } from './deadline.ts';

/** A canary proves a runtime for this long; an image that changed, or an engine that was away, needs a new one. */
const VALID_MS = 60_000;
/** A result that could not be renewed says nothing any more. */
const TOO_OLD_MS = 3 * VALID_MS;
/** For the program alone, then with waiting for its sandbox. */
const PROGRAM_MS = 30_000;
const CANARY_MS = 40_000;

export interface CanaryOptions {
  readonly limits: LimitPolicy;
  readonly run: (request: RunRequest, signal: AbortSignal) => Promise<RunResult>;
}

interface CanaryResult {
  readonly imageId: string;
  readonly at: number;
  /** `undefined` when the canary passed. */
  readonly failure: CanaryFailure | undefined;
}

interface CanaryFailure {
  readonly problem: string;
  /** Whether it is the image's fault, as far as that can be told: not when the engine is away, or nothing starts. */
  readonly isOfImage: boolean;
}

/** Proves runtimes by running the sample program of each. */
export class Canaries {
  readonly #options: CanaryOptions;
  readonly #results = new Map<string, CanaryResult>();

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  /** Everything needs a new proof. */
  forget(): void {
    this.#results.clear();
  }

  /** Why a runtime on this image is not proven to work; `undefined` when it is. */
  problemOf(runtimeId: string, imageId: string): string | undefined {
    const result = this.#resultOf(runtimeId, imageId);
    if (!result) return 'not proven yet';
    const age = performance.now() - result.at;
    return result.failure?.problem ?? (age > TOO_OLD_MS ? `not proven for ${Math.round(age / 1000)} s` : undefined);
  }

  /** Whether the last canary on this image failed for a fault of the image. */
  isBroken(runtimeId: string, imageId: string): boolean {
    return this.#resultOf(runtimeId, imageId)?.failure?.isOfImage === true;
  }

  /** Runs a canary, unless the last one still holds. `isStillImage` tells afterwards whether the image is the same. */
  async prove(runtime: Runtime, imageId: string, { signal, isStillImage }: ProveOptions): Promise<void> {
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
    const running = this.#options.run(canaryRequest(runtime, limits), AbortSignal.any([stopped, overdue.signal]));
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

interface ProveOptions {
  readonly signal: AbortSignal;
  readonly isStillImage: () => boolean;
}

function canaryRequest(runtime: Runtime, limits: RunRequest['limits']): RunRequest {
  return {
    runtime: runtime.id,
    code: runtime.sample.code,
    files: [],
    entrypoint: undefined,
    args: [],
    stdin: new Uint8Array(),
    environment: {},
    limits,
    outputFiles: [],
    maxOutputFilesBytes: 0,
    judging: undefined,
  };
}
