import type { ResponseBudget } from '../response-budget.ts';

/** The memory of one response, from the moment that the response is there until it has been sent. */
export class ResponseMemory {
  readonly #budget: ResponseBudget;
  readonly #signal: AbortSignal;
  #release = () => {};

  constructor(budget: ResponseBudget, signal: AbortSignal) {
    this.#budget = budget;
    this.#signal = signal;
  }

  /** Resolves when there is room. Rejects with the signal's reason. */
  async reserve(bytes: number): Promise<void> {
    this.#release = await this.#budget.take(bytes, this.#signal);
  }

  release(): void {
    this.#release();
  }
}
