import { setTimeout as sleep } from 'node:timers/promises';
import { RunAborted, RunnerError } from '../core/errors.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';
import { Canaries, type CanaryOptions } from './canaries.ts';
import { withDeadline } from './deadline.ts';
import { DryRun } from './dry-run.ts';
import { type EngineProbe, ImageWatch } from './image-watch.ts';

/** `missing`: the image is not there. `broken`: it is, and does not run the runtime's sample program. */
export type RuntimeState = 'ready' | 'missing' | 'broken';

export interface ReadinessOptions {
  readonly engine: EngineProbe;
  readonly runtimes: RuntimeRegistry;
  /** Ids of those without which the service is not ready. */
  readonly required: ReadonlySet<string>;
  readonly canaries: CanaryOptions;
  /** How long the oldest sandbox that is being started has taken so far, or how long ago one hung that no success has followed; else 0. */
  readonly longestStartMs: () => number;
  readonly onChange: (problems: readonly string[]) => void;
  /** An image is not the one that it was, or is gone. */
  readonly onImageChange: (image: string) => void;
}

const LOOK_EVERY_MS = 1000;
/** A round of canaries may take longer, and goes on then; what has changed is told all the same. */
const ROUND_PATIENCE_MS = 5000;
/** A sandbox starts in a fraction of a second: one that takes so long will hardly start at all. */
const MAX_START_MS = 5000;
const RETRY_AFTER_MS = 1000;

export interface Health {
  readonly engineConnected: boolean;
  /** Whether the engine and every required runtime are there. */
  readonly isOk: boolean;
  readonly runtimes: ReadonlyMap<string, RuntimeState>;
}

/** Knows whether runs would succeed, from the engine, its images, and a canary run of each runtime. */
export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #images: ImageWatch;
  readonly #canaries: Canaries;
  readonly #dryRun: DryRun;
  readonly #stopped = new AbortController();
  #round: Promise<void> | undefined;
  #told: string | undefined;
  #wasHanging = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    const { engine, runtimes, onImageChange } = options;
    this.#images = new ImageWatch({ engine, images: runtimes.all.map(({ image }) => image), onImageChange });
    this.#canaries = new Canaries(options.canaries);
    this.#dryRun = new DryRun((image) => engine.dryRunCreate(image));
  }

  /** Watches in the background until `stop`. */
  async watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#look();
      await this.#tryToCreate();
      await this.#proveAll();
      this.#tellChange();
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopped.abort(new RunAborted('draining'));
  }

  /** Id of an image as last seen; `undefined` where it is not there, or the engine is away. */
  imageId(image: string): string | undefined {
    return this.#images.idOf(image);
  }

  /** The engine and the runtimes as they are now. */
  async health(): Promise<Health> {
    await this.#look();
    const { isConnected } = this.#images;
    const states = this.#options.runtimes.all.map((runtime): [string, RuntimeState] => [
      runtime.id,
      this.#stateOf(runtime),
    ]);
    const areReady = states.every(([id, state]) => state === 'ready' || !this.#options.required.has(id));
    const isOk = areReady && this.#engineProblem() === undefined;
    return { engineConnected: isConnected, isOk, runtimes: new Map(states) };
  }

  /** Why runs would not succeed now; empty when they would. */
  async problems(): Promise<string[]> {
    await this.#look();
    return this.#problems();
  }

  /** Throws `runtime_not_ready` for a runtime whose image is known to be broken. A missing one is the engine's to tell: it may just have come. */
  requireReady(runtime: Runtime): void {
    if (this.#stateOf(runtime) !== 'broken') return;
    const problem = this.#problemOf(runtime);
    throw new RunnerError(
      'runtime_not_ready',
      `The image of ${runtime.id} does not run its sample program (${problem}). Build it anew with npm run images.`,
      { retryAfterMs: RETRY_AFTER_MS },
    );
  }

  #stateOf({ id, image }: Runtime): RuntimeState {
    const imageId = this.#images.idOf(image);
    if (imageId === undefined) return 'missing';
    return this.#canaries.isBroken(id, imageId) ? 'broken' : 'ready';
  }

  #problems(): string[] {
    const engineProblem = this.#engineProblem();
    if (engineProblem !== undefined) return [engineProblem];
    const required = this.#options.runtimes.all.filter(({ id }) => this.#options.required.has(id));
    return required.flatMap((runtime) => {
      const problem = this.#problemOf(runtime);
      return problem === undefined ? [] : [`${runtime.id}: ${problem}`];
    });
  }

  /** Why no run would succeed, whatever its runtime. */
  #engineProblem(): string | undefined {
    if (!this.#images.isConnected) return 'the container engine does not answer';
    if (this.#isStartHanging)
      return `no sandbox has started for ${Math.round(this.#options.longestStartMs() / 1000)} s`;
    return this.#dryRun.problem;
  }

  get #isStartHanging(): boolean {
    return this.#options.longestStartMs() > MAX_START_MS;
  }

  #problemOf({ id, image }: Runtime): string | undefined {
    const imageId = this.#images.idOf(image);
    return imageId === undefined ? 'the image is missing' : this.#canaries.problemOf(id, imageId);
  }

  async #look(): Promise<void> {
    await this.#images.look();
    const wasHanging = this.#wasHanging;
    this.#wasHanging = this.#isStartHanging;
    // What an engine did before it hung proves nothing. Once: the canaries that follow must not use up all warm sandboxes.
    const beganToHang = this.#wasHanging && !wasHanging;
    if (!this.#images.isConnected || beganToHang) this.#canaries.forget();
  }

  async #tryToCreate(): Promise<void> {
    const present = this.#options.runtimes.all.find(({ image }) => this.#images.idOf(image) !== undefined);
    if (present) await this.#dryRun.attempt(present.image);
  }

  /** One round at a time. */
  #proveAll(): Promise<void> {
    this.#round ??= this.#proveEach().finally(() => {
      this.#round = undefined;
    });
    return withDeadline(this.#round, ROUND_PATIENCE_MS).catch(() => undefined);
  }

  async #proveEach(): Promise<void> {
    const { signal } = this.#stopped;
    for (const runtime of this.#options.runtimes.all) {
      const imageId = this.#images.idOf(runtime.image);
      if (imageId === undefined || signal.aborted) continue;
      const isStillImage = () => this.#images.idOf(runtime.image) === imageId;
      await this.#canaries.prove(runtime, imageId, { signal, isStillImage });
    }
  }

  #tellChange(): void {
    const problems = this.#problems();
    const told = problems.join('\n');
    if (told !== this.#told) this.#options.onChange(problems);
    this.#told = told;
  }
}
