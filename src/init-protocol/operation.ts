import { Deferred } from '../core/deferred.ts';
import type { Fate } from '../core/result.ts';
import type { OutFrame } from './codec.ts';
import { ResponseDeadline } from './response-deadline.ts';

/** A command that waits for its answer, which comes in one or more frames. */
export interface Operation<T> {
  readonly answer: Promise<T>;
  /** Its answer is the next to come. */
  begin?(): void;
  /**
   * Takes a frame. `true`: the answer is complete; `false`: there is more to come. A promise: there is more to come, and it wants
   * nothing before that has resolved.
   */
  take(frame: OutFrame): boolean | Promise<void>;
  /** sandbox-init has taken so many bytes of input. */
  acknowledge?(bytes: number): void;
  /** How a running program ended is known, though not from sandbox-init. */
  abandon?(fate: Fate): void;
  /** There will be no answer. Does nothing when there has been one. */
  fail(error: unknown): void;
}

export interface QuestionOptions<T> {
  /** The answer, when the frame was the last one. */
  readonly read: (frame: OutFrame) => Promise<T> | undefined;
  /** Counted from when it is the next to be answered; left out: for ever. */
  readonly withinMs?: number;
  readonly onLate?: () => void;
}

/** A command whose answer is wanted whole, and within a time. */
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
