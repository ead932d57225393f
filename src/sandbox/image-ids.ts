type Lookup = (name: string) => string | undefined;

/** Ids of the images that names mean, as far as somebody has seen them. */
export class ImageIds {
  readonly #lookups: Lookup[] = [];

  /** Adds somebody who looks at images. */
  add(lookup: Lookup): void {
    this.#lookups.push(lookup);
  }

  /** The id, or `undefined` where nobody knows it for certain. */
  find(name: string): string | undefined {
    for (const lookup of this.#lookups) {
      const id = lookup(name);
      if (id !== undefined) return id;
    }
    return undefined;
  }
}
