import { withDeadline } from './deadline.ts';

const ATTEMPT_EVERY_MS = 3000;
const ANSWER_MS = 5000;

/** Tries regularly whether the engine can still create a sandbox. An engine that answers may have run out of disk. */
export class DryRun {
  readonly #create: (image: string) => Promise<void>;
  #problem: string | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(create: (image: string) => Promise<void>) {
    this.#create = create;
  }

  /** Why the last attempt failed; `undefined` if it succeeded. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Tries with this image, unless the last attempt was recent. */
  async attempt(image: string): Promise<void> {
    if (performance.now() - this.#triedAt < ATTEMPT_EVERY_MS) return;
    this.#triedAt = performance.now();
    this.#problem = await withDeadline(this.#create(image), ANSWER_MS).then(
      () => undefined,
      (error) => `no sandbox can be created: ${error instanceof Error ? error.message : error}`,
    );
  }
}
