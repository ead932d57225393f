import { raceAbort } from '../core/abort.ts';
import { RunnerError } from '../core/errors.ts';
import { Gate } from '../sandbox/gate.ts';
import { BuildLog } from './build-log.ts';
import { BuildFailure, type BuildOrder, type PrebuildBuilder } from './ports.ts';

const DETAIL_CHARACTERS = 2000;

/** Hears how builds ended, for the log and the metrics. */
export interface BuildObserver {
  buildEnded(outcome: BuildOutcome): void;
}

export interface BuildOutcome {
  readonly base: string;
  readonly specHash: string;
  readonly totalMs: number;
  /** `undefined`: there is a new image. */
  readonly error: unknown;
}

export interface BuildsOptions {
  readonly builder: PrebuildBuilder;
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  readonly observer: BuildObserver;
}

/** One who waits for a build. */
export interface Subscriber {
  readonly onLog: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A build under way, with all who want its image. It ends when the last of them has gone. */
interface SharedBuild {
  readonly log: BuildLog;
  readonly image: Promise<string>;
  readonly giveUp: AbortController;
  interested: number;
}

/** Builds under way: one for each spec however many ask for it, and not many at a time. */
export class Builds {
  readonly #options: BuildsOptions;
  readonly #gate: Gate;
  readonly #shared = new Map<string, SharedBuild>();
  #isClosed = false;

  constructor(options: BuildsOptions) {
    this.#options = options;
    this.#gate = new Gate(options.maxConcurrent);
  }

  get running(): number {
    return this.#gate.running;
  }

  get queued(): number {
    return this.#gate.queued;
  }

  /** The id of the image of a spec, from the build under way or a new one. Rejects as `PrebuildBuilder.build`, but with `build_failed`. */
  async image(order: BuildOrder, { onLog, signal }: Subscriber): Promise<string> {
    signal.throwIfAborted();
    const shared = this.#shared.get(order.specHash) ?? this.#begin(order);
    shared.interested += 1;
    const unsubscribe = shared.log.listen(onLog);
    try {
      return await raceAbort(shared.image, signal);
    } finally {
      unsubscribe();
      shared.interested -= 1;
      if (shared.interested === 0) this.#abandon(order.specHash, shared, signal.reason);
    }
  }

  /** Gives up every build and begins no more. Resolves when all have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const draining = new RunnerError('draining', 'The service is shutting down.');
    for (const { giveUp } of this.#shared.values()) giveUp.abort(draining);
    await this.#gate.whenIdle();
  }

  #begin(order: BuildOrder): SharedBuild {
    if (this.#isClosed) throw new RunnerError('draining', 'The service is shutting down.');
    if (this.#gate.isFull && this.#gate.queued >= this.#options.maxQueue) {
      throw new RunnerError('over_capacity', 'Too many builds are waiting. Try again later.', { retryAfterMs: 10_000 });
    }
    const log = new BuildLog();
    const giveUp = new AbortController();
    const image = this.#build(order, log, giveUp.signal).finally(() => this.#forget(order.specHash, shared));
    image.catch(() => undefined);
    const shared: SharedBuild = { log, image, giveUp, interested: 0 };
    this.#shared.set(order.specHash, shared);
    return shared;
  }

  /** Whoever asks from now on gets a build of their own. */
  #abandon(specHash: string, shared: SharedBuild, reason: unknown): void {
    this.#forget(specHash, shared);
    shared.giveUp.abort(reason);
  }

  #forget(specHash: string, shared: SharedBuild): void {
    if (this.#shared.get(specHash) === shared) this.#shared.delete(specHash);
  }

  #build(order: BuildOrder, log: BuildLog, signal: AbortSignal): Promise<string> {
    const onLog = (bytes: Buffer) => log.write(bytes);
    return this.#gate.run(
      async () => {
        const startedAt = performance.now();
        const ended = (error: unknown) =>
          this.#options.observer.buildEnded({
            base: order.base.id,
            specHash: order.specHash,
            totalMs: performance.now() - startedAt,
            error,
          });
        try {
          const image = await this.#options.builder.build(order, { onLog, signal });
          ended(undefined);
          return image;
        } catch (caught) {
          const error = caught instanceof BuildFailure ? buildFailed(caught, log) : caught;
          ended(error);
          throw error;
        }
      },
      { signal },
    );
  }
}

function buildFailed({ message }: BuildFailure, log: BuildLog): RunnerError {
  const parts = [message, log.tail(DETAIL_CHARACTERS)].filter((part) => part !== '');
  return new RunnerError('build_failed', `Build failed: ${parts.join('\n') || 'it failed without a word.'}`);
}
