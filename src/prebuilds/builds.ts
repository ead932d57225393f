import { raceAbort } from '../core/abort.ts';
import { Deferred } from '../core/deferred.ts';
import { RunnerError } from '../core/errors.ts';
import { Gate } from '../sandbox/gate.ts';
import { BuildLog } from './build-log.ts';
import { BuildFailure, type BuildOrder, type BuildWatch, MAX_LOG_BYTES, type PrebuildBuilder } from './ports.ts';

const DETAIL_CHARACTERS = 2000;
/** Maximum size of all logs that are still being read after their builds have ended. */
const MAX_ENDED_LOG_BYTES = 4 * MAX_LOG_BYTES;

/** Called when builds end, for the log and the metrics. */
export interface BuildObserver {
  buildEnded(outcome: BuildOutcome): void;
}

export interface BuildOutcome {
  readonly base: string;
  readonly specHash: string;
  readonly totalMs: number;
  /** `undefined` if the build succeeded. */
  readonly error: unknown;
}

export interface BuildsOptions {
  readonly builder: PrebuildBuilder;
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  readonly observer: BuildObserver;
}

/** A caller that waits for a build. */
export interface Subscriber {
  readonly signal: AbortSignal;
  /** Called with the log when the build has started. A failure before that can still be reported as a refusal. */
  readonly onBegin?: (log: Pick<BuildLog, 'read'>) => void;
}

/** A build in progress and its subscribers. It is cancelled when the last subscriber leaves. */
interface SharedBuild {
  readonly log: BuildLog;
  readonly begun: Deferred;
  readonly image: Promise<string>;
  readonly cancel: AbortController;
  subscribers: number;
}

/** Builds in progress. There is at most one per spec, however many callers ask for it, and a limit on all. */
export class Builds {
  readonly #options: BuildsOptions;
  readonly #gate: Gate;
  readonly #shared = new Map<string, SharedBuild>();
  /** The logs of builds in progress, and of ended builds that still have readers; oldest first. */
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

  /** Waits for the build in progress for this spec or starts one. Resolves with the image id. Rejects as `PrebuildBuilder.build` does, with `build_failed` instead of `BuildFailure`. */
  async image(order: BuildOrder, { onBegin, signal }: Subscriber): Promise<string> {
    signal.throwIfAborted();
    const shared = this.#shared.get(order.specHash) ?? this.#begin(order);
    shared.subscribers += 1;
    if (onBegin) void shared.begun.promise.then(() => onBegin(shared.log));
    try {
      return await raceAbort(shared.image, signal);
    } finally {
      shared.subscribers -= 1;
      if (shared.subscribers === 0) this.#cancel(order.specHash, shared, signal.reason);
    }
  }

  /** Cancels every build and starts no more. Resolves when all have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const draining = new RunnerError('draining', 'The service is shutting down.');
    for (const { cancel } of this.#shared.values()) cancel.abort(draining);
    await this.#gate.whenIdle();
  }

  #begin(order: BuildOrder): SharedBuild {
    if (this.#isClosed) throw new RunnerError('draining', 'The service is shutting down.');
    if (this.#gate.isFull && this.#gate.queued >= this.#options.maxQueue) {
      throw new RunnerError('over_capacity', 'Too many builds are waiting. Try again later.', { retryAfterMs: 10_000 });
    }
    const log = new BuildLog((unused) => this.#logs.delete(unused));
    this.#logs.add(log);
    const begun = new Deferred();
    const cancel = new AbortController();
    const watch = { onBegin: () => begun.resolve(), onLog: (bytes: Buffer) => log.write(bytes), signal: cancel.signal };
    const image = this.#build(order, log, watch).finally(() => {
      log.end();
      this.#discardOldLogs();
      this.#forget(order.specHash, shared);
    });
    image.catch(() => undefined);
    const shared: SharedBuild = { log, begun, image, cancel, subscribers: 0 };
    this.#shared.set(order.specHash, shared);
    return shared;
  }

  /** Discards the oldest logs that slow readers keep. Otherwise a few of them could stop all builds or fill the memory. */
  #discardOldLogs(): void {
    const ended = [...this.#logs].filter(({ hasEnded }) => hasEnded);
    let bytes = ended.reduce((sum, log) => sum + log.bytes, 0);
    for (const log of ended) {
      if (bytes <= MAX_ENDED_LOG_BYTES) return;
      bytes -= log.bytes;
      log.discard();
    }
  }

  /** Cancels a build. Later callers for the same spec start a new one. */
  #cancel(specHash: string, shared: SharedBuild, reason: unknown): void {
    this.#forget(specHash, shared);
    shared.cancel.abort(reason);
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
  return new RunnerError('build_failed', `Build failed: ${parts.join('\n') || 'the setup script printed nothing.'}`);
}
