type Lookup = (name: string) => string | undefined;

/** Image ids by image name, from several sources. */
export class ImageIds {
  readonly #lookups: Lookup[] = [];

  /** Adds a source of image ids. */
  add(lookup: Lookup): void {
    this.#lookups.push(lookup);
  }

  /** The id of an image, or `undefined` if no source knows it for certain. */
  find(name: string): string | undefined {
    for (const lookup of this.#lookups) {
      const id = lookup(name);
      if (id !== undefined) return id;
    }
    return undefined;
  }
}
