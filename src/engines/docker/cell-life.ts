export interface CellBounds {
  /** Runs that a container serves (CELLS_PER_CONTAINER). */
  readonly maxCells: number;
  /** No run begins in a container that is older (CONTAINER_MAX_AGE). */
  readonly maxAgeMs: number;
}

export interface CellOptions extends CellBounds {
  /** Called with the reason why sandboxes of an image are containers although cells were asked for. */
  readonly onRefused: (image: string, problem: string) => void;
}

/** Counts the cells of one container: how many there have been, and until when there may be another. */
export class CellLife {
  readonly #bounds: CellBounds;
  readonly #bornAtMs = performance.now();
  #begun = 1;

  constructor(bounds: CellBounds) {
    this.#bounds = bounds;
  }

  get allowsAnother(): boolean {
    const { maxCells, maxAgeMs } = this.#bounds;
    return this.#begun < maxCells && performance.now() - this.#bornAtMs < maxAgeMs;
  }

  /** Counts a cell whose turn has come. */
  begin(): void {
    this.#begun += 1;
  }
}
