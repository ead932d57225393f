import { Deferred } from '../core/deferred.ts';
import type { Fate } from '../core/result.ts';
import type { OutFrame } from './codec.ts';
import { ResponseDeadline } from './response-deadline.ts';

/** A command that waits for its answer, which consists of one or more frames. */
export interface Operation<T> {
  readonly answer: Promise<T>;
  /** Called when its answer is the next one to come. */
  begin?(): void;
  /**
   * Takes a frame. `true`: the answer is complete. `false`: more frames follow. A promise: more frames follow, and none must be given
   * before it resolves.
   */
  take(frame: OutFrame): boolean | Promise<void>;
  /** Called when sandbox-init has taken this many bytes of input. */
  acknowledge?(bytes: number): void;
  /** Answers with a fate that is known from elsewhere, because sandbox-init can no longer report it. */
  abandon?(fate: Fate): void;
  /** Called when there will be no answer. Does nothing after an answer. */
  fail(error: unknown): void;
}

export interface QuestionOptions<T> {
  /** Returns the answer if the frame was the last one. */
  readonly read: (frame: OutFrame) => Promise<T> | undefined;
  /** Time limit, counted from when its answer is the next one to come. Default: none. */
  readonly withinMs?: number;
  readonly onLate?: () => void;
}

/** A command with a complete answer within a time limit. */
export class Question<T> implements Operation<T> {
  readonly #options: QuestionOptions<T>;
  readonly #deadline: ResponseDeadline;
  readonly #answer = new Deferred<T>();

  constructor(options: QuestionOptions<T>) {
    this.#options = options;
    this.#deadline = new ResponseDeadline(() => options.onLate?.());
  }

  get answer(): Promise<T> {
    return this.#answer.promise;
  }

  begin(): void {
    if (this.#options.withinMs !== undefined) this.#deadline.expectWithin(this.#options.withinMs);
  }

  take(frame: OutFrame): boolean {
    const answered = this.#options.read(frame);
    if (!answered) return false;
    this.#deadline.clear();
    this.#answer.resolve(answered);
    return true;
  }

  fail(error: unknown): void {
    this.#deadline.clear();
    this.#answer.reject(error);
  }
}
