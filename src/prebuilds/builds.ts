import { raceAbort } from '../core/abort.ts';
import { Deferred } from '../core/deferred.ts';
import { RunnerError } from '../core/errors.ts';
import { Gate } from '../sandbox/gate.ts';
import { BuildLog } from './build-log.ts';
import { BuildFailure, type BuildOrder, type BuildWatch, MAX_LOG_BYTES, type PrebuildBuilder } from './ports.ts';

const DETAIL_CHARACTERS = 2000;
/** While logs of this size together wait for their readers, no build begins. */
const MAX_HELD_LOG_BYTES = 4 * MAX_LOG_BYTES;

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
  readonly signal: AbortSignal;
  /** Hears that the build is under way, with its log. What fails before this could as well have been refused. */
  readonly onBegin?: (log: Pick<BuildLog, 'read'>) => void;
}

/** A build under way, with all who want its image. It ends when the last of them has gone. */
interface SharedBuild {
  readonly log: BuildLog;
  readonly begun: Deferred;
  readonly image: Promise<string>;
  readonly giveUp: AbortController;
  interested: number;
}

/** Builds under way: one for each spec however many ask for it, and not many at a time. */
export class Builds {
  readonly #options: BuildsOptions;
  readonly #gate: Gate;
  readonly #shared = new Map<string, SharedBuild>();
  /** Of builds under way, and of ended ones that somebody still reads. */
  readonly #logs = new Set<BuildLog>();
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
  async image(order: BuildOrder, { onBegin, signal }: Subscriber): Promise<string> {
    signal.throwIfAborted();
    const shared = this.#shared.get(order.specHash) ?? this.#begin(order);
    shared.interested += 1;
    if (onBegin) void shared.begun.promise.then(() => onBegin(shared.log));
    try {
      return await raceAbort(shared.image, signal);
    } finally {
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
    if (this.#heldLogBytes() > MAX_HELD_LOG_BYTES) {
      throw new RunnerError('over_capacity', 'The logs of earlier builds are still being read. Try again later.', {
        retryAfterMs: 10_000,
      });
    }
    const log = new BuildLog((unused) => this.#logs.delete(unused));
    this.#logs.add(log);
    const begun = new Deferred();
    const giveUp = new AbortController();
    const watch = { onBegin: () => begun.resolve(), onLog: (bytes: Buffer) => log.write(bytes), signal: giveUp.signal };
    const image = this.#build(order, log, watch).finally(() => {
      log.end();
      this.#forget(order.specHash, shared);
    });
    image.catch(() => undefined);
    const shared: SharedBuild = { log, begun, image, giveUp, interested: 0 };
    this.#shared.set(order.specHash, shared);
    return shared;
  }

  #heldLogBytes(): number {
    return [...this.#logs].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whoever asks from now on gets a build of their own. */
  #abandon(specHash: string, shared: SharedBuild, reason: unknown): void {
    this.#forget(specHash, shared);
    shared.giveUp.abort(reason);
  }

  #forget(specHash: string, shared: SharedBuild): void {
    if (this.#shared.get(specHash) === shared) this.#shared.delete(specHash);
  }

  #build(order: BuildOrder, log: BuildLog, watch: BuildWatch): Promise<string> {
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
          const image = await this.#options.builder.build(order, watch);
          ended(undefined);
          return image;
        } catch (caught) {
          const error = caught instanceof BuildFailure ? buildFailed(caught, log) : caught;
          ended(error);
          throw error;
        }
      },
      { signal: watch.signal },
    );
  }
}

function buildFailed({ message }: BuildFailure, log: BuildLog): RunnerError {
  const parts = [message, log.tail(DETAIL_CHARACTERS)].filter((part) => part !== '');
  return new RunnerError('build_failed', `Build failed: ${parts.join('\n') || 'it failed without a word.'}`);
}
