/** A part of the service that has something to begin or to end. */
export interface Part {
  /** As it stands in the log. */
  readonly name: string;
  readonly start?: () => void | Promise<void>;
  readonly stop?: () => void | Promise<void>;
}

/** Parts in the order in which they start. They stop in reverse, so that a part outlives all that use it. */
export class Parts {
  readonly #parts: readonly Part[];
  readonly #onStopFailure: (part: string, error: unknown) => void;

  constructor(parts: readonly Part[], onStopFailure: (part: string, error: unknown) => void) {
    this.#parts = parts;
    this.#onStopFailure = onStopFailure;
  }

  /** Starts one after the other. Where one fails, those before it are stopped, and the failure is thrown. */
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

  /** Stops all of them; one that fails to is told and keeps no other from stopping. `false` where one failed. */
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
