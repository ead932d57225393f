import { setTimeout as sleep } from 'node:timers/promises';
import { RunAborted, RunnerError } from '../core/errors.ts';
import type { IsolationState } from '../core/isolation.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';
import { Canaries, type CanaryOptions } from './canaries.ts';
import { withDeadline } from './deadline.ts';
import { DryRun } from './dry-run.ts';
import { type EngineProbe, ImageWatch } from './image-watch.ts';

/** `missing`: the image does not exist. `broken`: it exists but fails to run the runtime's sample program. */
export type RuntimeState = 'ready' | 'missing' | 'broken';

export interface ReadinessOptions {
  readonly engine: EngineProbe;
  readonly runtimes: RuntimeRegistry;
  /** Ids of the runtimes that must be ready for the service to be ready. */
  readonly required: ReadonlySet<string>;
  readonly canaries: CanaryOptions;
  /** Why sandboxes of an image are containers although cells are configured; `undefined` if they are not, or none has been tried. */
  readonly cellProblemOf: (image: string) => string | undefined;
  /** How long the oldest start in progress has taken so far. If a start hung and none has succeeded since, the time since it began. Else 0. */
  readonly longestStartMs: () => number;
  readonly onChange: (problems: readonly string[]) => void;
  /** Called when an image has changed or disappeared. */
  readonly onImageChange: (image: string) => void;
}

const LOOK_EVERY_MS = 1000;
/** A round of canaries may take longer. It then continues while changes are reported. */
const ROUND_TIMEOUT_MS = 5000;
/** A sandbox starts in a fraction of a second. One that takes this long will probably never start. */
const MAX_START_MS = 5000;
const RETRY_AFTER_MS = 1000;

export interface Health {
  readonly engineConnected: boolean;
  /** Whether the engine answers and every required runtime is ready. */
  readonly isOk: boolean;
  readonly runtimes: ReadonlyMap<string, RuntimeState>;
  /** By id of the runtime. */
  readonly isolation: ReadonlyMap<string, IsolationState>;
}

/** Knows whether runs would succeed. It checks the engine, its images, and a canary run of each runtime. */
export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #images: ImageWatch;
  readonly #canaries: Canaries;
  readonly #dryRun: DryRun;
  readonly #stopped = new AbortController();
  #round: Promise<void> | undefined;
  #lastReported: string | undefined;
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
      await this.#testAll();
      this.#reportChange();
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopped.abort(new RunAborted('draining'));
  }

  /** The last known id of an image; `undefined` if it does not exist or the engine does not answer. */
  imageId(image: string): string | undefined {
    return this.#images.idOf(image);
  }

  /** The current state of the engine and the runtimes. */
  async health(): Promise<Health> {
    await this.#look();
    const { runtimes, required } = this.#options;
    const ofEach = <T>(read: (runtime: Runtime) => T) => new Map(runtimes.all.map((each) => [each.id, read(each)]));
    const states = ofEach((runtime) => this.#stateOf(runtime));
    const areReady = [...states].every(([id, state]) => state === 'ready' || !required.has(id));
    return {
      engineConnected: this.#images.isConnected,
      isOk: areReady && this.#engineProblem() === undefined,
      runtimes: states,
      isolation: ofEach((runtime) => this.#isolationOf(runtime)),
    };
  }

  /** Why runs would fail now; empty if they would succeed. */
  async problems(): Promise<string[]> {
    await this.#look();
    return this.#problems();
  }

  /** Throws `runtime_not_ready` if a runtime's image is known to be broken. A missing image may have just appeared, so the engine decides. */
  requireReady(runtime: Runtime): void {
    if (this.#stateOf(runtime) !== 'broken') return;
    const problem = this.#problemOf(runtime);
    throw new RunnerError(
      'runtime_not_ready',
      `The image of ${runtime.id} fails to run its sample program (${problem}). Rebuild it with npm run images.`,
      { retryAfterMs: RETRY_AFTER_MS },
    );
  }

  #stateOf({ id, image }: Runtime): RuntimeState {
    const imageId = this.#images.idOf(image);
    if (imageId === undefined) return 'missing';
    return this.#canaries.isBroken(id, imageId) ? 'broken' : 'ready';
  }

  #isolationOf({ image }: Runtime): IsolationState {
    const { canaries, cellProblemOf } = this.#options;
    const reason = cellProblemOf(image);
    return { isolation: reason === undefined ? canaries.isolation : 'container', reason };
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
    // What an engine did before it hung proves nothing. Only once, because more canaries would use up the warm sandboxes.
    const beganToHang = this.#wasHanging && !wasHanging;
    if (!this.#images.isConnected || beganToHang) this.#canaries.forget();
  }

  async #tryToCreate(): Promise<void> {
    const present = this.#options.runtimes.all.find(({ image }) => this.#images.idOf(image) !== undefined);
    if (present) await this.#dryRun.attempt(present.image);
  }

  /** Tests all runtimes. Only one round runs at a time. */
  #testAll(): Promise<void> {
    this.#round ??= this.#testEach().finally(() => {
      this.#round = undefined;
    });
    return withDeadline(this.#round, ROUND_TIMEOUT_MS).catch(() => undefined);
  }

  async #testEach(): Promise<void> {
    const { signal } = this.#stopped;
    for (const runtime of this.#options.runtimes.all) {
      const imageId = this.#images.idOf(runtime.image);
      if (imageId === undefined || signal.aborted) continue;
      const isStillImage = () => this.#images.idOf(runtime.image) === imageId;
      await this.#canaries.test(runtime, imageId, { signal, isStillImage });
    }
  }

  #reportChange(): void {
    const problems = this.#problems();
    const report = problems.join('\n');
    if (report !== this.#lastReported) this.#options.onChange(problems);
    this.#lastReported = report;
  }
}
