/** A part of the service that must be started or stopped. */
export interface Part {
  /** Name for the log. */
  readonly name: string;
  readonly start?: () => void | Promise<void>;
  readonly stop?: () => void | Promise<void>;
}

/** Parts in the order in which they start. They stop in reverse order, so that a part stops after everything that uses it. */
export class Parts {
  readonly #parts: readonly Part[];
  readonly #onStopFailure: (part: string, error: unknown) => void;

  constructor(parts: readonly Part[], onStopFailure: (part: string, error: unknown) => void) {
    this.#parts = parts;
    this.#onStopFailure = onStopFailure;
  }

  /** Starts the parts one after the other. If one fails, stops those before it and throws the error. */
  async start(): Promise<void> {
    for (const [index, part] of this.#parts.entries()) {
      try {
        await part.start?.();
      } catch (error) {
        await this.#stopFirst(index);
        throw error;
      }
    }
  }

  /** Stops all parts. Reports a part that fails to stop and continues with the others. Resolves with `false` if any failed. */
  stop(): Promise<boolean> {
    return this.#stopFirst(this.#parts.length);
  }

  async #stopFirst(count: number): Promise<boolean> {
    let isClean = true;
    for (const part of this.#parts.slice(0, count).reverse()) {
      try {
        await part.stop?.();
      } catch (error) {
        isClean = false;
        this.#onStopFailure(part.name, error);
      }
    }
    return isClean;
  }
}
