import { withDeadline } from './deadline.ts';

const TRY_EVERY_MS = 3000;
const ANSWER_MS = 5000;

/** Tries now and then whether the engine can still make a sandbox: one that answers may have no disk left. */
export class DryRun {
  readonly #create: (image: string) => Promise<void>;
  #problem: string | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(create: (image: string) => Promise<void>) {
    this.#create = create;
  }

  /** Why the last attempt failed; `undefined` when it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Tries it with this image, unless the last attempt is recent. */
  async attempt(image: string): Promise<void> {
    if (performance.now() - this.#triedAt < TRY_EVERY_MS) return;
    this.#triedAt = performance.now();
    this.#problem = await withDeadline(this.#create(image), ANSWER_MS).then(
      () => undefined,
      (error) => `no sandbox can be made: ${error instanceof Error ? error.message : error}`,
    );
  }
}
