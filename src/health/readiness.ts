import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLimits, type LimitPolicy } from '../core/limits.ts';
import type { RunRequest } from '../core/request.ts';
import type { RunResult } from '../core/result.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';

export type RuntimeState = 'ready' | 'missing';

/** What the engine says about itself and its images; implemented where Docker is known. */
export interface EngineProbe {
  ping(): Promise<void>;
  /** Ids of those of these images that are there, by name. */
  imageIds(images: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Makes a sandbox of this image as far as it goes without starting it, and removes it: a full disk shows here. */
  dryRunCreate(image: string): Promise<void>;
}

export interface ReadinessOptions {
  readonly engine: EngineProbe;
  readonly runtimes: RuntimeRegistry;
  readonly limits: LimitPolicy;
  readonly canary: (request: RunRequest, signal: AbortSignal) => Promise<RunResult>;
  readonly onChange: (problems: readonly string[]) => void;
  /** An image is not the one that it was, or is gone. */
  readonly onImageChange: (image: string) => void;
}

/** How long an answer about the engine may be reused, so that health checks cannot become a load. */
const FRESH_MS = 100;
const LOOK_EVERY_MS = 1000;
const TRY_EVERY_MS = 3000;
/** A canary proves a runtime for this long; an image that changed, or an engine that was away, needs a new one. */
const CANARY_VALID_MS = 60_000;
const CANARY_TIMEOUT_MS = 30_000;

export interface Health {
  readonly engineConnected: boolean;
  readonly runtimes: ReadonlyMap<string, RuntimeState>;
}

interface CanaryResult {
  readonly imageId: string;
  readonly at: number;
  /** Why the canary failed; `undefined` when it passed. */
  readonly problem: string | undefined;
}

/** Knows whether runs would succeed: looks at the engine and the images, and proves each runtime with a canary run. */
export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #proofs = new Map<string, CanaryResult>();
  readonly #stopped = new AbortController();
  #images: ReadonlyMap<string, string> = new Map();
  /** The last id seen of each image, also while the engine is away. */
  readonly #lastIds = new Map<string, string>();
  #engineConnected = false;
  #dryRunProblem: string | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #told: string | undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Watches in the background until `stop`. */
  async watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#look();
      await this.#try();
      await this.#proveWhatIsUnproven();
      this.#tellChange();
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Id of an image as last seen; `undefined` where it is not there, or the engine is away. */
  imageId(image: string): string | undefined {
    return this.#images.get(image);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** The engine and the images as they are now. */
  async health(): Promise<Health> {
    await this.#look();
    const runtimes = this.#options.runtimes.all.map(({ id, image }): [string, RuntimeState] => [
      id,
      this.#images.has(image) ? 'ready' : 'missing',
    ]);
    return { engineConnected: this.#engineConnected, runtimes: new Map(runtimes) };
  }

  /** Why runs would not succeed now; empty when they would. */
  async problems(): Promise<string[]> {
    await this.#look();
    return this.#problems();
  }

  #problems(): string[] {
    if (!this.#engineConnected) return ['the container engine does not answer'];
    if (this.#dryRunProblem !== undefined) return [this.#dryRunProblem];
    return this.#options.runtimes.all.flatMap((runtime) => {
      const problem = this.#problemOf(runtime);
      return problem === undefined ? [] : [`${runtime.id}: ${problem}`];
    });
  }

  #problemOf({ id, image }: Runtime): string | undefined {
    const imageId = this.#images.get(image);
    if (imageId === undefined) return 'the image is missing';
    const proof = this.#proofs.get(id);
    return proof?.imageId === imageId ? proof.problem : 'not proven yet';
  }

  /** One look serves all who ask at the same time. */
  #look(): Promise<void> {
    if (performance.now() - this.#lookedAt < FRESH_MS) return Promise.resolve();
    this.#looking ??= this.#lookAtEngine().finally(() => {
      this.#lookedAt = performance.now();
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAtEngine(): Promise<void> {
    const { engine, runtimes } = this.#options;
    try {
      const [images] = await Promise.all([engine.imageIds(runtimes.all.map(({ image }) => image)), engine.ping()]);
      this.#images = images;
      this.#engineConnected = true;
      this.#noteChanges();
    } catch {
      this.#engineConnected = false;
      this.#images = new Map();
      this.#proofs.clear();
    }
  }

  #noteChanges(): void {
    for (const { image } of this.#options.runtimes.all) {
      const id = this.#images.get(image);
      const lastId = this.#lastIds.get(image);
      if (id === undefined) this.#lastIds.delete(image);
      else this.#lastIds.set(image, id);
      if (lastId !== undefined && lastId !== id) this.#options.onImageChange(image);
    }
  }

  /** An engine that answers may still be unable to make a sandbox. */
  async #try(): Promise<void> {
    const [image] = this.#images.keys();
    if (image === undefined || performance.now() - this.#triedAt < TRY_EVERY_MS) return;
    this.#triedAt = performance.now();
    this.#dryRunProblem = await this.#options.engine.dryRunCreate(image).then(
      () => undefined,
      (error) => `no sandbox can be made: ${error instanceof Error ? error.message : error}`,
    );
  }

  async #proveWhatIsUnproven(): Promise<void> {
    for (const runtime of this.#options.runtimes.all) {
      const imageId = this.#images.get(runtime.image);
      if (!this.#engineConnected || imageId === undefined || this.#stopped.signal.aborted) continue;
      const proof = this.#proofs.get(runtime.id);
      const holds = proof?.imageId === imageId && performance.now() - proof.at < CANARY_VALID_MS;
      if (holds && proof.problem === undefined) continue;
      const problem = await this.#canary(runtime);
      if (this.#images.get(runtime.image) === imageId)
        this.#proofs.set(runtime.id, { imageId, at: performance.now(), problem });
    }
  }

  async #canary(runtime: Runtime): Promise<string | undefined> {
    const limits = { ...defaultLimits(this.#options.limits), timeoutMs: CANARY_TIMEOUT_MS };
    const request = canaryRequest(runtime, limits);
    try {
      const result = await this.#options.canary(request, this.#stopped.signal);
      const printed = result.run?.stdout.bytes.toString();
      return printed === runtime.sample.stdout ? undefined : `the canary run ended with ${result.status}`;
    } catch (error) {
      return `the canary run failed: ${error instanceof Error ? error.message : error}`;
    }
  }

  #tellChange(): void {
    const problems = this.#problems();
    const told = problems.join('\n');
    if (told !== this.#told) this.#options.onChange(problems);
    this.#told = told;
  }
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
